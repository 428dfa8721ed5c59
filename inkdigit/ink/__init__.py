"""Pen strokes, pictures, scans and documents come in; the marks on them, cut from the paper, go out."""

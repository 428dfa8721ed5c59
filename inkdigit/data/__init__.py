"""Data sets and files of labelled glyphs come in; arrays and pen samples go out."""

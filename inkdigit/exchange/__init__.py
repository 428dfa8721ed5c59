"""Drawings of the store go out as PNG, SVG, JSON, IDX, CSV and npz, and such files come in again."""

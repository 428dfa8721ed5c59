"""Kinds of page: what each is drawn by, and how often."""

from __future__ import annotations

from collections.abc import Callable

from inkdigit.evaluation.paper import forms, notes
from inkdigit.evaluation.paper.canvas import Canvas

KINDS: dict[str, tuple[Callable[[Canvas, float], None], float]] = {
    "mark sheet": (forms.table, 2.5),
    "score card": (forms.score_card, 1.0),
    "boxes": (forms.comb, 1.5),
    "cheque": (forms.cheque, 1.5),
    "register": (forms.register, 1.2),
    "squared": (notes.squared, 1.2),
    "notebook": (notes.notebook, 1.0),
    "plain": (notes.plain, 1.2),
    "alone": (notes.alone, 1.2),
    "envelope": (forms.envelope, 0.8),
    "matrix": (notes.matrix, 0.8),
    "cells": (forms.cells, 1.0),
    "column": (notes.column, 1.0),
    "spread": (notes.spread, 1.0),
    "samples": (notes.samples, 0.7),
    "frames": (forms.frames, 0.9),
    "words": (notes.words, 0.6),
    "print": (notes.print_only, 0.6),
    "empty": (notes.empty_table, 0.5),
}
"""Name of each kind -> how it is drawn, and how often."""

"""Marks come in; what they are, how sure that is, and what else they could be goes out."""

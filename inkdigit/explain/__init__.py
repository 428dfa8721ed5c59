"""A glyph that was read comes in; what the network saw in it, and what would make another digit of it, goes out."""

"""The web room: the drawing page and the HTTP service behind it."""

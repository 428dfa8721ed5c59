"""Frames of a camera, a stream or a film come in; the numbers that settle on them go out."""

"""Drawings that people keep come in; they go out as they are looked for, and with what their corrections teach."""

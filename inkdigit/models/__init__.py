"""Model files: a name, a path or a foreign file comes in; the path of a network to read with goes out."""

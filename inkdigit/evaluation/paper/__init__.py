"""Pages as people fill them in, drawn from pen strokes: what the network of pages learns from, and is judged by."""

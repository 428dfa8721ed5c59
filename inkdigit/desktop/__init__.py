"""Settings come in; the app in a window of its own goes out."""

"""Requests come in; the page, readings and kept drawings go out, over HTTP and WebSocket."""

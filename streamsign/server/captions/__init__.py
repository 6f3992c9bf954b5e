"""Captions over HTTP and websockets: live events, files, word help, and viewers' measurements."""

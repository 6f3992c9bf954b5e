"""Clients of a streamsign server: receive a room's captions, send a camera."""

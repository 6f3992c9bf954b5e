"""Paired devices: list and disconnect them."""

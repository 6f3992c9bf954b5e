"""Addresses and names of this computer on its networks."""

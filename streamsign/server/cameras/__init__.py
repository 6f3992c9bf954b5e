"""Cameras over WHIP: offers, sessions, and their end."""

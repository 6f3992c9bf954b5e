"""The model that reads the letters: list and change it."""

"""Adaptations of the model to the signers of rooms."""

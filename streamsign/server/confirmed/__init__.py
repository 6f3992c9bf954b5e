"""Adapts the model to a signer from the words that the signer chose, with consent."""

"""Training of the hand locator: whole frames in, the box of the signing hand out."""

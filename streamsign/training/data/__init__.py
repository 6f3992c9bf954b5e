"""Labelled pictures: reading, cleaning, augmentation, and which of them a training step sees."""

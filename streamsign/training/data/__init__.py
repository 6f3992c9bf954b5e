"""Labeled pictures: reading, cleaning, augmentation and sampling."""

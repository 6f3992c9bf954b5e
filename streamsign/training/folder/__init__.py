"""Trains a model of any static hand alphabet from a folder of pictures, on the features of a shipped model."""

"""Fits the temporal filter, the gate and the speller to labelled streams of validation signers."""

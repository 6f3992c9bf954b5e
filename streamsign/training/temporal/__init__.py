"""Fits the temporal filter, the gate and the speller to labeled streams of validation signers."""

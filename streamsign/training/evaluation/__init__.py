"""Evaluation on signers that are not in the training pictures: figures, slices and reports."""

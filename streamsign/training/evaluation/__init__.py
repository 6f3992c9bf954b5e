"""Evaluation on signers that no training saw: figures, slices and reports."""

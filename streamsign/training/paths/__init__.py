"""Fitting of drawn letters: films of hands, moved stills, and the logistic model of their paths."""

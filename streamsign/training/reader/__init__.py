"""Training of readers, larger networks that classify letters in addition to a model's classifier."""

"""Training of models from labeled pictures of hands (extra: streamsign[train])."""

"""From labelled hands to a model folder (extra: streamsign[train])."""

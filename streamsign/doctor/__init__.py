"""``streamsign doctor``: is everything here that captions need, and if not, what to do."""

"""Labeled streams: words composed of held letters of real people, and scores of temporal methods on them."""

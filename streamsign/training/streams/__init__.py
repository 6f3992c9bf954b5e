"""Labeled streams: words put together from held letters of real people, and how well a temporal method reads them."""

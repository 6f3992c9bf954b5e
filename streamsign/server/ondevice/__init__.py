"""Reading on the phone itself: what its browser needs, and the letters that it sends."""

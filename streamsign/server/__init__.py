"""HTTP, WHIP and websockets round the core."""

"""The pure core: a frame and its time in, letters out. Reads no clock, uses no asyncio, and opens only model files."""

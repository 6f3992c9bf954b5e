"""The pure core: a frame and its time in, letters out. No clock, no asyncio, no I/O but the model file."""

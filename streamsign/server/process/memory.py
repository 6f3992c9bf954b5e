"""Return freed memory to the system."""

from __future__ import annotations

import ctypes
import gc
import sys


def give_memory_back() -> None:
    """Collect garbage, and where the C library is glibc give freed pages back to the system.

    aiortc leaves a connection in cycles, some 4,500 objects, and fifteen of them wait for a collection that comes by
    itself. glibc keeps what is freed: 24 cameras that had come and gone left a server at 260 MB, and at 185 after this,
    which took 5 ms of CPU time.
    """
    gc.collect()
    if sys.platform == "linux":
        program = ctypes.CDLL(None)
        if hasattr(program, "malloc_trim"):
            program.malloc_trim(0)

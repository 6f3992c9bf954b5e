"""Keep the memory of the process small: few heaps, and freed memory given back to the system."""

from __future__ import annotations

import ctypes
import gc
import sys
from functools import cache

MAX_HEAPS = 2
"""Heaps of the C library. It makes up to eight for each core, and each keeps what its threads needed most."""

_M_ARENA_MAX = -8  # malloc.h of glibc


@cache
def _c_library() -> ctypes.CDLL | None:
    """glibc; None where another C library is used."""
    program = ctypes.CDLL(None) if sys.platform == "linux" else None
    return program if hasattr(program, "malloc_trim") else None


def limit_heaps() -> bool:
    """Limit the heaps of glibc to :data:`MAX_HEAPS`, for heaps that are made from now on. Call it before threads start.

    Returns:
        False if it is not possible here.
    """
    library = _c_library()
    return library is not None and bool(library.mallopt(_M_ARENA_MAX, MAX_HEAPS))


def give_memory_back() -> None:
    """Collect garbage, and where the C library is glibc give freed pages back to the system.

    aiortc leaves a connection in cycles, some 4,500 objects, and fifteen of them wait for a collection that comes by
    itself. glibc keeps what is freed: 24 cameras that had come and gone left a server at 260 MB, and at 185 after this,
    which took 5 ms of CPU time.
    """
    gc.collect()
    library = _c_library()
    if library is not None:
        library.malloc_trim(0)

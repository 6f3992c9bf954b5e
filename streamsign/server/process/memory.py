"""Keep the memory of the process small: few heaps, and freed memory given back to the system."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

MAX_HEAPS = 2
"""Heaps of the C library. It makes up to eight for each core, and each keeps what its threads needed most."""

FULL_EVERY = 50
"""Collections of the middle generation between two full ones; Python's own value is 10."""

MMAP_FROM_BYTES = 256 * 1024
"""Size from which an allocation is a mapping of its own, which is given back whole when it is freed.

glibc raises its limit to the largest mapping that was freed, up to 32 MiB. The graphs of a camera then come from the
heaps, and leave holes in which small objects that stay hold pages. After 320 cameras that came and went, the idle
server held 6.3 MB of the heaps that were not in use without this limit, and 4.6 MB with it.
Decoders and recognition reuse their buffers: the limit costs no processor time.
"""

LARGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
"""Environment in which glibc, from 2.35, asks Linux for pages of 2 MiB; it reads it when a program starts.

A frame touches up to 8 MB of the networks' weights. Where Linux gives such pages to programs that ask, a reading by the
reader of ``alphabet`` took 4 to 9 % less CPU time, and 24 cameras 2 MB more of 657 (measured by a script that is not in
the repository).
"""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h of glibc


@cache
def _c_library() -> ctypes.CDLL | None:
    """glibc; None where another C library is used."""
    program = ctypes.CDLL(None) if sys.platform == "linux" else None
    return program if hasattr(program, "malloc_trim") else None


def limit_heaps() -> bool:
    """Limit the heaps of glibc to :data:`MAX_HEAPS` and to allocations below :data:`MMAP_FROM_BYTES`, from now on.

    Call it before threads start.

    Returns:
        False if it is not possible here.
    """
    library = _c_library()
    options = (
        (_M_ARENA_MAX, MAX_HEAPS),
        (_M_MMAP_THRESHOLD, MMAP_FROM_BYTES),
        (_M_TRIM_THRESHOLD, MMAP_FROM_BYTES),
    )
    return library is not None and all(library.mallopt(*option) for option in options)


@contextmanager
def prompt_collections() -> Iterator[None]:
    """Keep collections of garbage short and rare while the block runs.

    What exists already is put aside: otherwise a connection's garbage, which aiortc leaves in cycles, waits until there
    is a quarter as much of it as of modules, and 120,000 objects are looked through to find it. A full collection with
    a thousand viewers stops the process for 100 to 200 ms, and their coming alone causes several. It is rarer here;
    :func:`give_memory_back` does one after a camera has left.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(before[0], before[1], FULL_EVERY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


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

"""Memory that is given back, and heaps that are few."""

from __future__ import annotations

import gc
import platform
import subprocess
import sys

import pytest

from streamsign.server.process.memory import FULL_EVERY, MAX_HEAPS, give_memory_back, prompt_collections

HEAPS = """
import threading
from streamsign.server.process.memory import limit_heaps
assert limit_heaps()
gate = threading.Barrier(9)
def allocate():
    blocks = [bytes(2_000) for _ in range(500)]
    gate.wait(30)
    gate.wait(30)
threads = [threading.Thread(target=allocate, daemon=True) for _ in range(8)]
for thread in threads:
    thread.start()
gate.wait(30)
lines = [line.split() for line in open("/proc/self/maps")]
starts = [int(fields[0].split("-")[0], 16) for fields in lines if len(fields) == 5]
print(sum(start % (64 << 20) == 0 for start in starts))
"""
"""Prints how many heaps besides the main one eight threads make; each is aligned to 64 MiB."""


LARGE = """
import ctypes
from streamsign.server.process.memory import MMAP_FROM_BYTES, limit_heaps

class Counts(ctypes.Structure):
    # malloc.h: the fifth is the size of all mappings.
    _fields_ = [(name, ctypes.c_size_t) for name in ("a", "b", "c", "d", "hblkhd", "f", "g", "h", "i", "j")]

mallinfo2 = ctypes.CDLL(None).mallinfo2
mallinfo2.restype = Counts
assert limit_heaps()
del (first := [bytearray(8 * MMAP_FROM_BYTES)])[0]  # after it glibc would take such a size from a heap
before = mallinfo2().hblkhd
second = bytearray(8 * MMAP_FROM_BYTES)
print((mallinfo2().hblkhd - before) // MMAP_FROM_BYTES)
"""
"""Prints how much of a large allocation, after another one that was freed, is a mapping of its own."""


def test_it_can_be_asked_for_anywhere() -> None:
    """With glibc and without it nothing is returned and nothing raised."""
    give_memory_back()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no heaps of threads")
def test_threads_share_few_heaps() -> None:
    """Eight threads that allocate at once do not get a heap each."""
    ran = subprocess.run([sys.executable, "-c", HEAPS], capture_output=True, text=True, check=True, timeout=120)
    assert int(ran.stdout) <= MAX_HEAPS


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have other heaps")
def test_large_allocations_stay_out_of_the_heaps() -> None:
    """What is large is a mapping of its own also after another one was freed."""
    ran = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, check=True, timeout=120)
    assert int(ran.stdout) >= 8


def test_full_collections_are_rare_while_the_server_runs() -> None:
    """What exists is put aside and full collections are rare; after the block both are as before."""
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with prompt_collections():
        assert gc.get_threshold() == (*before[:2], FULL_EVERY)
        assert gc.get_freeze_count() > frozen
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0

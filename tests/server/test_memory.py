"""Arenas of the C library's allocator, counted by glibc itself."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from streamsign.server.memory import ARENAS

COUNT_ARENAS = """
import ctypes, os, sys, tempfile, threading
from streamsign.server.memory import share_arenas
if sys.argv[1] == "shared":
    share_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.fdopen.restype = ctypes.c_void_p
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
libc.fclose.argtypes = [ctypes.c_void_p]
meet = threading.Barrier(12)
def allocate():
    meet.wait()
    libc.malloc(1000)
    meet.wait()
threads = [threading.Thread(target=allocate) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
with tempfile.TemporaryFile() as told:
    stream = libc.fdopen(os.dup(told.fileno()), b"w")
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    told.seek(0)
    print(told.read().count(b"<heap "))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has other arenas")
def test_threads_share_few_arenas() -> None:
    """A dozen threads that allocate at once make no more arenas than they may, and more without the limit."""
    shared, free = (
        int(subprocess.check_output([sys.executable, "-c", COUNT_ARENAS, limit], text=True))
        for limit in ("shared", "free")
    )
    assert shared <= ARENAS < free

"""Runs streamsign and lists, in the file named first, every path it opens for writing; the rest are its arguments.

What native code opens itself is not seen here; for that the caller looks into the folders there are to write to.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def _listing(to: Path) -> None:
    out = to.open("a", buffering=1, encoding="utf-8")

    def heard(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING:
            out.write(f"{arguments[0]}\n")

    sys.addaudithook(heard)


if __name__ == "__main__":
    _listing(Path(sys.argv[1]))
    sys.argv = ["streamsign", *sys.argv[2:]]
    runpy.run_module("streamsign", run_name="__main__")

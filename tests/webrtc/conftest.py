"""A room and a recognition thread for cameras without a server."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from streamsign.captions.hub import Room


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    """One recognition thread."""
    with ThreadPoolExecutor(1, "recognition") as made:
        yield made


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    """A room on the Unix clock."""
    made = Room("main", "celov", ["A", "B"], clock=time.time)
    yield made
    made.close()

"""What waits to be sent to another program, and when all of it was."""

from __future__ import annotations

import asyncio
from collections import deque


class Outbox:
    """Texts in the order in which they are to be sent.

    Args:
        most: texts that may wait; the oldest are dropped beyond it. None: all wait.

    Attributes:
        waiting: what was not sent yet, oldest first.
        added: set when something was added.
        empty: set while nothing waits.
    """

    def __init__(self, most: int | None = None) -> None:
        self.waiting: deque[str] = deque(maxlen=most)
        self.added = asyncio.Event()
        self.empty = asyncio.Event()
        self.empty.set()

    def put(self, texts: list[str]) -> None:
        """Add texts."""
        if texts:
            self.waiting.extend(texts)
            self.note_added()

    def note_added(self) -> None:
        """Wake the sender."""
        self.empty.clear()
        self.added.set()

    async def drain(self, longest_s: float) -> None:
        """Wait until everything is sent, for ``longest_s`` at most."""
        try:
            await asyncio.wait_for(self.empty.wait(), longest_s)
        except TimeoutError:
            return

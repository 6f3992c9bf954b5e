"""What a room's viewer reads."""

from __future__ import annotations

from contextlib import aclosing

from streamsign import Letter, watch


async def first_letters(url: str, count: int) -> str:
    """The first letters of the main room of a server."""
    read = ""
    async with aclosing(watch(url)) as events:
        async for event in events:
            if isinstance(event, Letter):
                read += event.letter
                if len(read) == count:
                    break
    return read

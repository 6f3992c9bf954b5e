"""What a room's viewer reads."""

from __future__ import annotations

from contextlib import aclosing

from streamsign import Letter, watch


async def letters_of(url: str, word: str, token: str | None = None) -> list[Letter]:
    """The letters of the first pass of a word's film that is read whole.

    Browsers play a film again and again. A computer that stalls while the camera connects, or for seconds later, reads
    only a part of that pass; the next one is whole.

    Raises:
        AssertionError: a letter that the word does not have was read.
    """
    read: list[Letter] = []
    async with aclosing(watch(url, token=token)) as events:
        async for event in events:
            if isinstance(event, Letter):
                assert event.letter in word, event
                read.append(event)
                if "".join(each.letter for each in read[-len(word) :]) == word:
                    break
    return read[-len(word) :]

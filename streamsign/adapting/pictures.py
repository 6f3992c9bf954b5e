"""Which pictures of a signer adapt a model, and which are held out to judge it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import TypeVar

from streamsign.collection.crop import HandCrop
from streamsign.collection.manifest import Picture

Hand = Picture | HandCrop
"""A picture in a folder, or a crop in memory."""

Each = TypeVar("Each")

LEAST = 5
"""Pictures of a letter below which it does not take part."""

MOST = 20
"""Pictures of a letter that are used; of more, as many at even distances."""


def by_letter(pictures: Sequence[Picture]) -> dict[str, list[Picture]]:
    """The pictures of each letter, in the order in which they were taken; those without a box are left out.

    Without times, the numbers in the file's name give the order.
    """
    found: dict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        if picture.letter and picture.hand is not None:
            found[picture.letter].append(picture)
    return {letter: sorted(found[letter], key=_order) for letter in sorted(found)}


def thinned(pictures: Sequence[Each], most: int = MOST) -> list[Each]:
    """At most so many pictures, at even distances."""
    count = min(most, len(pictures))
    if count < 2:
        return list(pictures[:count])
    return [pictures[round(number * (len(pictures) - 1) / (count - 1))] for number in range(count)]


def _order(picture: Picture) -> tuple[str, list[tuple[int, str]]]:
    parts = re.split(r"(\d+)", picture.path.name)
    natural = [(int(part), "") if part.isdecimal() else (0, part) for part in parts]
    return ("" if picture.taken is None else picture.taken.at), natural

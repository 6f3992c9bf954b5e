"""What to record next: letters with few pictures, and letters whose pictures are all alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from streamsign.collection.counted import counted
from streamsign.collection.take import Prompt

ENOUGH = 20
"""Least number of pictures of a letter; of a letter with fewer, more are wanted."""

PROMPTS = tuple(prompt for prompt in Prompt if prompt is not Prompt.PLAIN)
"""Prompts that each letter needs, where it was collected."""

VARIED = {
    "brightness of the hand": "in brighter or darker light",
    "shape of the box": "with the hand turned to the side",
    "half of the picture": "at another place of the picture",
}
"""Traits of which a letter needs more than one band, and what to record where it has one."""


class Recorded(Protocol):
    """A picture: its signer and letter, its traits, and its prompt; None if it was not collected with streamsign."""

    @property
    def signer(self) -> str: ...  # noqa: D102

    @property
    def letter(self) -> str: ...  # noqa: D102

    @property
    def traits(self) -> dict[str, str]: ...  # noqa: D102

    @property
    def prompt(self) -> str | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is missing of a letter.

    Attributes:
        letter: the letter.
        pictures: how many there are.
        what: what to record, one phrase each, the most important first.
    """

    letter: str
    pictures: int
    what: tuple[str, ...]


def wanted(pictures: Iterable[Recorded], letters: Iterable[str] = ()) -> list[Wanted]:
    """What to record next, the letters with fewest pictures first; letters that lack nothing are left out.

    Args:
        pictures: of all signers.
        letters: further letters that are needed, of which there may be no picture.
    """
    by_letter: dict[str, list[Recorded]] = defaultdict(list)
    for letter in letters:
        by_letter[letter] = []
    for picture in pictures:
        by_letter[picture.letter].append(picture)
    found = [Wanted(letter, len(own), _missing(own)) for letter, own in by_letter.items()]
    return sorted((each for each in found if each.what), key=lambda each: (each.pictures, each.letter))


def _missing(own: list[Recorded]) -> tuple[str, ...]:
    what = [counted(ENOUGH - len(own), "more picture")] if len(own) < ENOUGH else []
    if not own:
        return tuple(what)
    prompts = {picture.prompt for picture in own} - {None}
    if prompts and (absent := [prompt for prompt in PROMPTS if prompt not in prompts]):
        what.append(f"the prompts {', '.join(absent)}")
    what += [words for trait, words in VARIED.items() if len({picture.traits[trait] for picture in own}) == 1]
    if len({picture.signer for picture in own}) == 1:
        what.append("another person")
    return tuple(what)

"""Numbers with their nouns, for texts."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """A number and its English noun, which gets an ``s`` unless the number is 1.

    Args:
        number: how many.
        noun: one of them, such as picture.
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

"""Names of letters, signers, sources and pictures: the rules that pages, commands, archives and training share."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from streamsign.errors import CollectionError
from streamsign.recognition.model import NONE_LABEL

LETTER = re.compile(r"[^\W_][\w'-]{0,15}")
"""A label of a picture, and the name of its folder: one or more letters or digits of any script."""

LETTER_RULE = "Use up to 16 letters and digits, and -, _ or ' within."
"""Shown where a label is rejected, and on the page that records letters."""

SIGNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}")
"""The name of a signer. It is part of file names, in which __ ends it."""

SIGNER_RULE = "Use up to 40 of the letters A to Z, digits, and - within."
"""Shown where the name of a signer is rejected."""

SOURCE = re.compile(r"[a-z0-9]{1,20}")
"""What the pictures come from, such as phone, webcam or film."""

ID = re.compile(r"[0-9a-f]{12}")
"""The name of a picture."""


def new_id() -> str:
    """A random name for a picture."""
    return secrets.token_hex(6)


def new_signer() -> str:
    """A random name for a signer: it says nothing about the person."""
    return f"s-{secrets.token_hex(4)}"


def check_letter(label: str) -> None:
    """Check a label: the same rule for pages, commands, archives and training.

    Raises:
        CollectionError: it cannot be a letter.
    """
    if label.casefold() == NONE_LABEL:
        raise CollectionError(
            f"'{label}' stands for hands that show no letter, and cannot be a letter.",
            "Use OTHER for pictures of no letter.",
        )
    if not LETTER.fullmatch(label):
        raise CollectionError(f"'{label[:40]}' cannot be a letter.", LETTER_RULE)


def check_signer(name: str) -> None:
    """Check the name of a signer.

    Raises:
        CollectionError: it cannot be a name.
    """
    if not SIGNER.fullmatch(name):
        raise CollectionError(f"'{name[:40]}' cannot be the name of a signer.", SIGNER_RULE)


def check_names(row: Mapping[str, str]) -> None:
    """Check the parts of a picture's path.

    Raises:
        ValueError: a cell cannot be part of a path.
    """
    for column, check in (("letter", check_letter), ("signer", check_signer)):
        try:
            check(row.get(column, ""))
        except CollectionError as error:
            raise ValueError(f"{error.problem.rstrip('.')} ({error.next_step.rstrip('.')})") from error
    for column, pattern in (("source", SOURCE), ("id", ID)):
        if not pattern.fullmatch(row.get(column, "")):
            raise ValueError(f"{row.get(column, '')[:40]!r} cannot be the {column} of a picture")

"""The labeled pictures of a folder: from its manifest, or from folders of letters; boxes and splits where they lack."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streamsign.adapting.pictures import by_letter
from streamsign.collection.counted import counted
from streamsign.collection.manifest import MANIFEST, Picture, read_gray, read_manifest
from streamsign.collection.names import check_letter
from streamsign.errors import CollectionError, TrainingError
from streamsign.recognition.geometry import Box
from streamsign.recognition.model import NONE_LABEL

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
"""Files in folders of letters that are pictures."""

NONE_NAMES = {"", NONE_LABEL, "OTHER"}
"""Labels of pictures that show no letter."""

_NONE_FOLDERS = {name.upper() for name in NONE_NAMES}

LEAST = 8
"""Pictures of a letter with a hand below which the alphabet is not trained."""

HELD_OUT = 4
"""One of so many signers is held out, or, of a single signer, the last of so many parts of each letter's pictures."""

Locate = Callable[[NDArray[np.uint8]], Box | None]
"""Finds the hand in a picture, (height, width) uint8 full range: its box in pixels, or None without one."""

_NAMED = 5
"""Unreadable pictures that are named."""


@dataclass(frozen=True, slots=True)
class Boxed:
    """The pictures that can be used, and those left out.

    Attributes:
        pictures: with their hands.
        without_hand: number of pictures of a letter in which no hand was found.
        unreadable: files that are not whole pictures.
    """

    pictures: list[Picture]
    without_hand: int
    unreadable: list[Path]

    def left_out(self) -> list[str]:
        """What was left out, a sentence for each reason."""
        said = []
        if self.without_hand:
            said.append(f"Left out {counted(self.without_hand, 'picture')} in which no hand was found.")
        if self.unreadable:
            named = ", ".join(map(str, self.unreadable[:_NAMED])) + (", …" if len(self.unreadable) > _NAMED else "")
            said.append(f"Left out {counted(len(self.unreadable), 'file')} that cannot be read as a picture: {named}.")
        return said


@dataclass(frozen=True, slots=True)
class Divided:
    """Pictures that train, pictures that are held out, and how they were divided, as a sentence.

    ``one_signer`` says that both are of the same person.
    """

    training: list[Picture]
    held_out: list[Picture]
    how: str
    one_signer: bool


def labeled_pictures(folder: Path) -> list[Picture]:
    """The pictures of a folder.

    Args:
        folder: with manifest.csv, or with a folder of pictures for each letter. In the latter case the part of a file's
            name before ``__`` names the signer.

    Raises:
        TrainingError: the folder does not exist, has fewer than two letters, a label cannot be used, or two labels
            differ by case only.
    """
    if (folder / MANIFEST).is_file():
        pictures = read_manifest(folder)
    elif folder.is_dir():
        pictures = letter_folders(folder)
    else:
        raise TrainingError(
            f"The folder {folder} does not exist.", "Give a folder with a folder of pictures for each letter."
        )
    labels = {picture.letter for picture in pictures} - NONE_NAMES
    for label in labels:
        try:
            check_letter(label)
        except CollectionError as error:
            raise TrainingError(error.problem, error.next_step) from error
    _check_spellings(labels)
    if len(labels) < 2:
        raise TrainingError(
            f"{folder} has pictures of fewer than two letters.",
            "Make a folder for each letter: FOLDER/A/1.jpg, FOLDER/NG/1.jpg; or add manifest.csv.",
        )
    return pictures


def with_boxes(pictures: Sequence[Picture], locate: Locate) -> Boxed:
    """The pictures that can be read and whose hand is known or found.

    Pictures of no letter need no hand.
    """
    found, missed, unreadable = [], 0, []
    for picture in pictures:
        gray = _whole_picture(picture.path)
        if gray is None:
            unreadable.append(picture.path)
            continue
        box = picture.hand or locate(gray)
        if box is not None:
            found.append(replace(picture, hand=box))
        elif picture.letter not in NONE_NAMES:
            missed += 1
    return Boxed(found, missed, unreadable)


def check_counts(pictures: Sequence[Picture], letters: Iterable[str]) -> None:
    """Check that every letter has enough pictures with a hand.

    Args:
        pictures: with hands.
        letters: the letters that the folder has; the pictures may lack one of them.

    Raises:
        TrainingError: one has fewer.
    """
    count = Counter(picture.letter for picture in pictures)
    if few := [f"{letter} ({count[letter]})" for letter in sorted(letters) if count[letter] < LEAST]:
        raise TrainingError(
            f"Too few pictures with a hand: {', '.join(few)}.", f"Every letter needs {LEAST}; 100 or more are better."
        )


def divide(pictures: Sequence[Picture]) -> Divided:
    """Divide pictures into those that train and those that are held out.

    The manifest's splits are kept if it holds out any picture and every letter has pictures for training. Otherwise
    whole signers are held out if there are two or more and every letter keeps enough pictures for training. Otherwise
    the latest pictures of each letter are held out.
    """
    held = [picture for picture in pictures if picture.split in ("val", "test")]
    training = [picture for picture in pictures if picture.split not in ("val", "test")]
    if held and {each.letter for each in pictures} <= {each.letter for each in training} | NONE_NAMES:
        one = {each.signer for each in held} <= {each.signer for each in training}
        return Divided(training, held, "The manifest's column split says which pictures are held out.", one)
    signers = [name for name, _ in Counter(each.signer for each in pictures).most_common()]
    if len(signers) > 1:
        last = set(signers[HELD_OUT - 1 :: HELD_OUT] or signers[-1:])
        held = [picture for picture in pictures if picture.signer in last]
        training = [picture for picture in pictures if picture.signer not in last]
        count = Counter(picture.letter for picture in training)
        if all(count[each.letter] >= LEAST for each in pictures if each.letter not in NONE_NAMES):
            return Divided(training, held, f"{len(last)} of {len(signers)} signers are held out.", one_signer=False)
    nones = [picture for picture in pictures if picture.letter in NONE_NAMES]
    held = nones[::HELD_OUT]
    training = [picture for number, picture in enumerate(nones) if number % HELD_OUT]
    for letter, rows in by_letter(pictures).items():
        if letter not in NONE_NAMES:
            first = len(rows) - max(1, len(rows) // HELD_OUT)
            training += rows[:first]
            held += rows[first:]
    return Divided(
        training,
        held,
        f"Warning: {'there is one signer' if len(signers) == 1 else 'the signers show different letters'}, so the "
        "latest pictures of each letter are held out. Accuracy on other people will be lower than the figures say.",
        one_signer=True,
    )


def _whole_picture(path: Path) -> NDArray[np.uint8] | None:
    """Its brightness, (height, width) uint8; None if the file cannot be read or is cut off."""
    try:
        gray = read_gray(path)
        # OpenCV fills the missing part of a JPEG with gray.
        return None if is_cut_off(path.read_bytes()) else gray
    except (TrainingError, OSError):
        return None


def is_cut_off(content: bytes) -> bool:
    """Whether a JPEG ends before its marker of the end (ITU-T T.81, section B.1.1.3); False for other formats."""
    if not content.startswith(b"\xff\xd8"):
        return False
    at = 2
    while content[at : at + 1] == b"\xff" and content[at + 1 : at + 2] not in (b"\xda", b""):
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return b"\xff\xd9" not in content[at:]


def _check_spellings(labels: Iterable[str]) -> None:
    spellings: dict[str, str] = {}
    for label in sorted(labels):
        if (other := spellings.setdefault(label.casefold(), label)) != label:
            raise TrainingError(
                f"'{other}' and '{label}' are two spellings of one letter.",
                "Use one of them: move the pictures into one folder, or correct the column letter of manifest.csv.",
            )


def letter_folders(folder: Path) -> list[Picture]:
    """The pictures of a folder that has a folder for each letter, without boxes; none if there are no such folders."""
    files: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.glob("*/*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            # macOS may store an accent as a character of its own.
            files[unicodedata.normalize("NFC", path.parent.name)].append(path)
    return [
        Picture(
            folder, path, 0, folder.name, _signer(path), "" if letter.upper() in _NONE_FOLDERS else letter, "", None
        )
        for letter, paths in files.items()
        for path in paths
    ]


def _signer(path: Path) -> str:
    name, separator, _ = path.name.partition("__")
    return name if separator else "signer"

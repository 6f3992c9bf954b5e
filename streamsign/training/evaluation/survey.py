"""Surveys folders of labeled hands: signers, coverage, copies, doubtful labels, and accuracy of each part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streamsign.collection.counted import counted
from streamsign.collection.likeness import THUMBNAIL
from streamsign.collection.manifest import read_gray
from streamsign.errors import TrainingError
from streamsign.recognition.framing import square_around
from streamsign.recognition.model import Model
from streamsign.recognition.patch import cut_patch
from streamsign.recognition.picture_reader import PictureReader
from streamsign.recognition.reader import ReaderMode
from streamsign.training.data.cleaning import ManifestFinding, doubted_labels, near_duplicates
from streamsign.training.data.coverage import BANDS, TRAITS, traits_of
from streamsign.training.data.crops import Crop
from streamsign.training.data.twins import twins_across
from streamsign.training.evaluation.located import read_pictures
from streamsign.training.evaluation.wanted import wanted

LISTED = 200
"""Greatest number of findings of a kind on the page."""

NOT_DIVIDED = "all"
"""Heading of pictures that are in no split."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One picture: its signer, label and split, its traits, and whether it was read right.

    ``right`` is None if the letter is not one of the model's. ``split`` is empty if the pictures are not divided.
    ``prompt`` is what the signer was asked for, None if the picture was not collected with streamsign.
    """

    signer: str
    letter: str
    split: str
    traits: dict[str, str]
    right: bool | None
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """The results, for :func:`page`. ``without_box`` pictures and the ``unreadable`` files were left out."""

    model: str
    pictures: Sequence[Surveyed]
    without_box: int
    unreadable: Sequence[Path]
    repeats: Sequence[ManifestFinding]
    twins: Sequence[ManifestFinding]
    doubted: Sequence[ManifestFinding]


def survey(folders: Iterable[Path], model: Model, mode: ReaderMode, notify: Callable[[int], None]) -> Survey:
    """Read every picture of some folders once.

    Args:
        folders: labeled, see :func:`streamsign.training.evaluation.located.read_pictures`.
        model: reads the letters; contradicted labels are listed.
        mode: which of its networks read.
        notify: called with the number of pictures that were read.

    Raises:
        TrainingError: a folder cannot be used, or has no picture of a hand.
        ModelError: the model cannot be used.
    """
    network = PictureReader(model, mode)
    info = network.info
    pictures: list[Surveyed] = []
    crops: list[Crop] = []
    probabilities: list[NDArray[np.float32]] = []
    without_box = 0
    unreadable: list[Path] = []
    for folder in folders:
        usable = read_pictures(folder, model)
        without_box += usable.without_hand
        unreadable += usable.unreadable
        for row in usable.pictures:
            if not row.letter:
                continue
            if row.hand is None:
                without_box += 1
                continue
            gray = read_gray(row.path)
            square = square_around(row.hand, info.framing.margin)
            read = network.read(network.cut(gray, square))
            known = row.letter in info.letters
            right = info.labels[int(read.argmax())] == row.letter if known else None
            prompt = None if row.taken is None else row.taken.prompt
            pictures.append(Surveyed(row.signer, row.letter, row.split, traits_of(gray, row.hand), right, prompt))
            pixels = cut_patch(gray, square, THUMBNAIL)
            name = folder.resolve().name
            crops.append(Crop(pixels, row.letter, row.signer, row.source, name, row.row, file=row.file))
            probabilities.append(read)
            notify(len(pictures))
    if not pictures:
        raise TrainingError("No picture has a letter and a box of the hand.", "Give a folder of hands, as DATA/hands.")
    known_rows = [index for index, crop in enumerate(crops) if crop.shape in info.letters]
    doubted = doubted_labels(
        [crops[index] for index in known_rows],
        np.array([probabilities[index] for index in known_rows]).reshape(len(known_rows), len(info.labels)),
        np.array([info.labels.index(crops[index].shape) for index in known_rows], np.int32),
        info.labels,
        by=f"the model '{info.name}'",
    )
    return Survey(info.name, pictures, without_box, unreadable, near_duplicates(crops), twins_across(crops), doubted)


def page(found: Survey) -> str:
    """Return the report as Markdown.

    Pictures are identified by folder and manifest line, or by file name in a folder without a manifest. Signers are not
    named.
    """
    splits = sorted({each.split for each in found.pictures})
    names = [split or NOT_DIVIDED for split in splits]
    letters = sorted({each.letter for each in found.pictures})
    by_letter = _grouped(found.pictures, [each.letter for each in found.pictures])
    people = len({each.signer for each in found.pictures})
    parts = [
        "# Report of labeled hands\n",
        f"{counted(len(found.pictures), 'picture')} of {counted(people, 'signer')}; "
        f"{found.without_box} without a box left out. {_unreadable(found)}"
        f"Read by `{found.model}`. Labels, boxes and signers are the manifests'; "
        "without a manifest the names of folders and files give them, and hands are located.\n",
        "## People for each letter\n\nSigners (pictures).\n",
        _table(
            ["letter", *names],
            [[letter, *(_people(by_letter.get((split, letter), [])) for split in splits)] for letter in letters],
        ),
        "## Coverage, and how well each part is read\n\n"
        "Signers (pictures), and the share of pictures that the model reads right. A model reads the people it was "
        "trained with better: compare within a split.\n",
    ]
    for trait, meaning in TRAITS.items():
        there = {each.traits[trait] for each in found.pictures}
        kinds = [band for band in BANDS[trait] if band in there]
        parts.append(f"### {trait.capitalize()}\n\n{meaning.capitalize()}.\n")
        by_kind = _grouped(found.pictures, [each.traits[trait] for each in found.pictures])
        rows = [[kind, *(_read(by_kind.get((split, kind), [])) for split in splits)] for kind in kinds]
        parts.append(_table(["", *names], rows))
    for title, findings, meaning in (
        ("Repeated pictures of one signer and letter", found.repeats, "`train --cleaning FILE` leaves them out."),
        (
            "Pictures that two signers or two letters share, and mirrored copies",
            found.twins,
            "A wrong label, two names for one person, two sources with one origin, or a picture turned left to right.",
        ),
        (
            "Labels that the model contradicts",
            found.doubted,
            "Look at each. `--findings FILE` proposes them: set `accepted` to true in the rows that "
            "`train --cleaning FILE` should leave out. The model contradicts fewer labels of people it was trained "
            "with.",
        ),
    ):
        rest = f" The first {LISTED} are listed here; `--findings` writes all." if len(findings) > LISTED else ""
        parts.append(f"## {title}\n\n{len(findings)}. {meaning}{rest}\n")
        rows = [[each.folder, str(each.line or each.file), each.reason] for each in findings[:LISTED]]
        parts.append(_table(["folder", "line or file", "reason"], rows) if rows else "")
    parts.append(_next(found))
    return "\n".join(parts)


def _unreadable(found: Survey) -> str:
    return f"{counted(len(found.unreadable), 'file')} that cannot be read as a picture left out. " * bool(
        found.unreadable
    )


def _next(found: Survey) -> str:
    missing = wanted(found.pictures)
    if not missing:
        return "## What to record next\n\nNo letter lacks pictures, light, angles or people.\n"
    rows = [[each.letter, str(each.pictures), "; ".join(each.what)] for each in missing]
    return "## What to record next\n\n" + _table(["letter", "pictures", "record"], rows)


def _grouped(pictures: Sequence[Surveyed], kinds: Sequence[str]) -> dict[tuple[str, str], list[Surveyed]]:
    """Pictures by split and kind."""
    grouped: dict[tuple[str, str], list[Surveyed]] = {}
    for picture, kind in zip(pictures, kinds, strict=True):
        grouped.setdefault((picture.split, kind), []).append(picture)
    return grouped


def _people(pictures: Sequence[Surveyed]) -> str:
    return f"{len({each.signer for each in pictures})} ({len(pictures)})" if pictures else "–"


def _read(pictures: Sequence[Surveyed]) -> str:
    judged = [each.right for each in pictures if each.right is not None]
    share = f", {sum(judged) / len(judged):.1%}" if judged else ""
    return _people(pictures) + share


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"

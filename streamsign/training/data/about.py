"""What a model card states about the pictures: the text of the data's owner, and what the manifests show."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from streamsign.collection.manifest import Picture
from streamsign.errors import TrainingError

ABOUT = "about.md"
"""Optional file of a data folder; its text is copied into the model cards."""

ABOUT_KEY = "about_data"
"""Key of ``trained`` in model.json and locator.json that holds the text."""

MAX_CHARACTERS = 5000

SPLITS = ("train", "val", "test")

NOT_STATED = (
    "The origin of the pictures, the consent of the people in them and the license are not stated. State them in "
    f"`{ABOUT}` in the data folder and train again."
)
"""Text of a card whose data folder has no about.md."""


def read_about(data: Path) -> dict[str, str]:
    """Read the owner's text about a data folder, as an entry of ``trained``. Returns an empty dict without a text.

    Raises:
        TrainingError: the file is not UTF-8 or is too long.
    """
    path = data / ABOUT
    if not path.is_file():
        return {}
    try:
        text = path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as error:
        raise TrainingError(f"{path} is not UTF-8.", "Save it as UTF-8.") from error
    if len(text) > MAX_CHARACTERS:
        raise TrainingError(
            f"{path} has {len(text)} characters; at most {MAX_CHARACTERS} are copied into a card.", "Shorten it."
        )
    return {ABOUT_KEY: text} if text else {}


def people(about: str, pictures: Sequence[Picture]) -> str:
    """The card's paragraph on the people in the pictures: the owner's text, and signers that two splits share.

    Args:
        about: the owner's text; empty without one.
        pictures: rows of the manifest, all splits.
    """
    return f"{about or NOT_STATED}\n\n{_shared(pictures)}\n"


def shared_signers(pictures: Iterable[Picture]) -> list[str]:
    """Names of the signers that appear in more than one split, sorted."""
    splits: dict[str, set[str]] = defaultdict(set)
    for picture in pictures:
        if picture.split in SPLITS:
            splits[picture.signer].add(picture.split)
    return sorted(signer for signer, found in splits.items() if len(found) > 1)


def _shared(pictures: Sequence[Picture]) -> str:
    if shared := shared_signers(pictures):
        return (
            f"**{len(shared)} signers appear in more than one split.** The figures are higher than for people who are "
            "not in the training pictures."
        )
    return "By the names in the manifest, no signer appears in more than one split."


def sources(pictures: Sequence[Picture]) -> str:
    """A table of pictures and signers by source and split; no signer is named."""
    count: Counter[tuple[str, str]] = Counter()
    signers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for picture in pictures:
        count[picture.source, picture.split] += 1
        signers[picture.source, picture.split].add(picture.signer)
    rows = [
        "| source | " + " | ".join(f"{split}: pictures (signers)" for split in SPLITS) + " |",
        "|---|" + "---|" * len(SPLITS),
    ]
    for source in sorted({picture.source for picture in pictures}):
        cells = [
            f"{count[source, split]} ({len(signers[source, split])})" if count[source, split] else "–"
            for split in SPLITS
        ]
        rows.append(f"| {source} | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"

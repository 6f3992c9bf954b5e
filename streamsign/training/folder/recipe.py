"""One training from a folder: read, find hands, fit heads on frozen features, calibrate, write, check, report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.adapting.networks import FeatureNetworks
from streamsign.collection.counted import counted
from streamsign.collection.manifest import Picture
from streamsign.errors import TrainingError
from streamsign.recognition.hand_reader import HandReader
from streamsign.recognition.model import NONE_LABEL, load_model
from streamsign.recognition.pooling import pooled
from streamsign.training.data.about import ABOUT_KEY, read_about
from streamsign.training.data.cleaning import LeftOut, read_findings
from streamsign.training.data.crops import signer_groups
from streamsign.training.evaluation.located import finder
from streamsign.training.folder import pictures as found
from streamsign.training.folder.anchors import read_anchors, unlike
from streamsign.training.folder.card import card
from streamsign.training.folder.heads import fit_calibrated, reader_share
from streamsign.training.folder.write import check_model, write_model
from streamsign.training.letters.export import write_files
from streamsign.training.letters.usability import near_chance, warning

Say = Callable[[str], None]


def train_folder(data: Path, out: Path, base: str, command: str, say: Say, cleaning: Path | None = None) -> None:
    """Train a model of the letters of a folder.

    Args:
        data: see :func:`streamsign.training.folder.pictures.labeled_pictures`.
        out: model folder to write.
        base: model whose features are used.
        command: for the card.
        say: shows a line to the person.
        cleaning: list of pictures to leave out, see :mod:`streamsign.training.data.cleaning`.

    Raises:
        TrainingError: the pictures cannot be trained on, the list cannot be read, or ``out`` is a file.
        ModelError: the base model cannot be used.
        RuntimeUnavailable: ai-edge-litert is not installed.
    """
    if out.exists() and not out.is_dir():
        raise TrainingError(f"{out} is not a folder.", "Choose another folder with --out.")
    model = load_model(base)
    networks, anchors = FeatureNetworks(model), read_anchors(model.folder)
    labeled = found.labeled_pictures(data)
    if cleaning is not None:
        findings, given = LeftOut(read_findings(cleaning)), len(labeled)
        name = data.resolve().name
        labeled = [each for each in labeled if not findings.has(name, each.row, each.file)]
        say(f"Left out {counted(given - len(labeled), 'picture')} that {cleaning} excludes.")
    say(f"Reading {counted(len(labeled), 'picture')} of {data} …")
    usable = found.with_boxes(labeled, finder(HandReader(model)))
    boxed = usable.pictures
    for line in usable.left_out():
        say(line)
    letters = sorted({each.letter for each in labeled} - found.NONE_NAMES)
    found.check_counts(boxed, letters)
    divided = found.divide(boxed)
    say(divided.how)
    labels = [*letters, NONE_LABEL]
    train, held = divided.training, divided.held_out
    rows = [networks.features(part, mirrored=mirrored) for part in (train, held) for mirrored in (False, True)]
    truth, held_truth = _targets(train, letters), _targets(held, letters)
    groups = signer_groups([each.signer for each in held], [each.source for each in held], small=1)
    fitted = []
    for number, end in enumerate(networks.letters.ends):
        distance = end.distance or 1.0
        parts = [part[number] for part in rows]
        letter_rows = parts[0][truth < len(letters)]
        none = unlike(anchors[number], letter_rows, distance)
        fitted.append(fit_calibrated(parts, none, truth, held_truth, groups, len(labels)))
    by_network = [each.probabilities() for each in fitted]
    share = reader_share(by_network, held_truth)
    read = by_network[0] if len(by_network) == 1 else pooled(by_network[0], by_network[1], share)
    figures = _figures(read, held_truth, held, labels)
    trained = {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "base": model.info.name,
        "images": len(boxed),
        "signers": len({each.signer for each in boxed}),
        "without_hand": usable.without_hand,
        **({"unreadable": len(usable.unreadable)} if usable.unreadable else {}),
        "held_out": len(held),
        "division": divided.how,
        "accuracy": round(figures["accuracy"], 4),
        **read_about(data),
    }
    write_model(model, out, labels, fitted, share, held_truth, groups, _digest(boxed), trained)
    reasons = near_chance(figures["accuracy"], figures["false_letters"], len(letters))
    warned = warning(reasons, trained=True, longer=False)
    text = card(out.name, letters, figures, trained, trained.get(ABOUT_KEY, ""), warned)
    write_files(out, {"CARD.md": text.encode()})
    check_model(out, held, rows[2], fitted, share)
    say(
        f"Held-out pictures read right: {figures['accuracy']:.1%} (mean over signers), worst letters " + _worst(figures)
    )
    if warned:
        say(warned)
    if usable.unreadable:
        say(usable.left_out()[-1])
    say(f"Wrote {out}. Use it with `streamsign serve --model {out}`.")


def _targets(pictures: Sequence[Picture], letters: Sequence[str]) -> NDArray[np.intp]:
    index = {letter: number for number, letter in enumerate(letters)}
    return np.array([index.get(each.letter, len(letters)) for each in pictures], np.intp)


def _figures(
    read: NDArray[np.float32], truth: NDArray[np.intp], held: Sequence[Picture], labels: Sequence[str]
) -> dict[str, Any]:
    right, is_letter = read.argmax(axis=1) == truth, truth < len(labels) - 1
    names = np.array([each.signer for each in held])
    by_signer = [float(right[is_letter & (names == name)].mean()) for name in sorted(set(names[is_letter]))]
    recall = {
        letter: float(right[truth == number].mean())
        for number, letter in enumerate(labels[:-1])
        if (truth == number).any()
    }
    false_letters = float((~right[~is_letter]).mean()) if (~is_letter).any() else 0.0
    return {
        "accuracy": float(np.mean(by_signer)),
        "signers": len(by_signer),
        "recall": recall,
        "false_letters": false_letters,
    }


def _worst(figures: dict[str, Any]) -> str:
    worst = sorted(figures["recall"].items(), key=lambda item: item[1])[:3]
    return ", ".join(f"{letter} {share:.0%}" for letter, share in worst) + "."


def _digest(pictures: Sequence[Picture]) -> str:
    """One hash for names, labels and boxes."""
    lines = [f"{each.path.name},{each.signer},{each.letter},{each.hand}" for each in pictures]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()

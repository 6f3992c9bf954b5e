"""The card of a locator: its training, the share of hands that it finds, and its false hands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from streamsign.collection.manifest import Picture, read_manifest
from streamsign.recognition.hand_reader import HandReader
from streamsign.recognition.locate import Locator, LocatorInfo
from streamsign.recognition.model import load_model
from streamsign.training.data.about import ABOUT_KEY, people, sources
from streamsign.training.data.cleaning import read_left_out
from streamsign.training.data.crops import folders_of
from streamsign.training.data.dataset import manifests_sha256
from streamsign.training.evaluation.evaluate import PictureCrop, evaluate
from streamsign.training.evaluation.groups import MEANINGS
from streamsign.training.evaluation.located import finder
from streamsign.training.letters.card import releases, share_of, span_of
from streamsign.training.letters.export import write_files
from streamsign.training.letters.for_whom import Column, for_whom
from streamsign.training.letters.made_from import made_from

READER = "celov"
"""Model whose accuracy the card gives with boxes found by the locator, and with the manifest's boxes."""

WRONG_BOXES = "wrong-boxes.json"
"""File in the locator's folder: test rows whose box is not that of the signing hand, checked by a person."""


def describe_hand(data: Path, folder: Path) -> None:
    """Measure a locator on the test split of frames/, if it has one, and write its CARD.md.

    Raises:
        ModelError: a model cannot be used.
        TrainingError: a picture cannot be read.
    """
    locator = Locator(folder)
    frames = data / "frames"
    pictures = read_manifest(frames)
    found = reference = None
    if any(picture.split == "test" for picture in pictures):
        listed = folder / WRONG_BOXES
        wrong = read_left_out(listed if listed.is_file() else None)
        reader = HandReader(load_model(READER), locator=locator)
        found = evaluate([frames], READER, "test", PictureCrop.HAND, finder(reader), wrong).figures
        reference = evaluate([frames], READER, "test", PictureCrop.ORACLE).figures
    release = manifests_sha256(folders_of(data).values())
    text = card(locator.info, found, reference, pictures, measured_on=release)
    write_files(folder, {"CARD.md": text.encode()})


def card(
    info: LocatorInfo,
    found: Mapping[str, Any] | None,
    reference: Mapping[str, Any] | None,
    pictures: Sequence[Picture],
    *,
    measured_on: str = "",
) -> str:
    """The card as Markdown.

    Args:
        info: of the locator.
        found: figures of :func:`streamsign.training.evaluation.evaluate.evaluate` on the test split, with boxes found
            by the locator; None without one.
        reference: the same with the manifest's boxes.
        pictures: rows of the frames' manifest, all splits.
        measured_on: SHA-256 of the manifests of the release that the figures and ``pictures`` are of.
    """
    trained = info.trained
    parts = [
        f"# {info.name}\n",
        *([f"**{text}**\n"] if (text := trained.get("warning")) else []),
        f"Finds the signing hand in a whole frame. Input: {info.size}×{info.size} gray. Output: a heat map of hand "
        "centers with their boxes. MobileNetV2 0.35 with a small top-down path, TFLite, float32. The locator "
        "proposes boxes; a letter model confirms the hand and refines its box.\n",
        "## Training\n",
        f"```\n{trained.get('command', 'not recorded')}\n```\n",
        *([f"{note}\n"] if (note := trained.get("note")) else []),
        made_from(trained),
        f"{trained.get('date', '')}; {trained.get('scenes_with_a_hand', '?')} pictures with a hand and "
        f"{trained.get('scenes_without', '?')} without: frames, loose crops, and cut-out hands pasted on rooms. "
        f"SHA-256 of the manifests `{info.training_data_sha256[:16]}…`, of the graph "
        f"`{info.model_sha256[:16]}…`. The weights and the threshold were chosen on the validation signers: the "
        f"locator by itself finds {share_of(trained.get('validation_recall'))} of their hands, and a hand in "
        f"{share_of(trained.get('validation_false_hands'))} of the pictures without one.\n",
        "## Who is in the pictures\n",
        people(trained.get(ABOUT_KEY, ""), pictures),
        f"{releases(info.training_data_sha256, measured_on)}\n",
        sources(pictures),
    ]
    parts += ["No test split.\n"] if found is None or reference is None else _results(info.name, found, reference)
    parts += [
        "## Intended use\n",
        "Finding one signing hand for the letter models. It does not identify people and stores no picture. Not "
        "measured: children, gloves, hands with missing fingers, dark skin under low light.\n",
    ]
    return "\n".join(parts)


def _results(name: str, found: Mapping[str, Any], reference: Mapping[str, Any]) -> list[str]:
    """The parts of the card on the test split."""
    finding = found["finding"]
    linked = f" ([{WRONG_BOXES}]({WRONG_BOXES}))" if finding["wrong_boxes"] else ""
    option = f" --wrong-boxes models/{name}/{WRONG_BOXES}" if finding["wrong_boxes"] else ""
    return [
        "## Hands found on the split 'test'\n",
        f"{finding['hands']} frames whose box has a detector score of at least 0.9, without "
        f"{finding['wrong_boxes']} that a person marked as wrong{linked}. A hand is found "
        f"if the intersection over union with the box is at least 0.5. Locator and {READER} together.\n",
        "| | |\n|---|---|",
        f"| hands found | {share_of(finding['recall'])}{span_of(finding['recall_ci95'])} |",
        f"| mean over signers | {share_of(finding['recall_by_signer'])} |",
        f"| mean overlap | {100 * (finding['overlap'] or 0):.0f} % |",
        f"| pictures without a hand ({finding['hand_free']}) in which a hand is found | "
        f"{share_of(finding['false_hands'])} |",
        f"| the same, mean over {finding['rooms']} people's rooms | {share_of(finding['false_hands_by_room'])} |",
        f"| accuracy of {READER} on these frames, mean over signers | {share_of(found['macro_signer_accuracy'])} |",
        f"| the same with the manifest's boxes | {share_of(reference['macro_signer_accuracy'])} |\n",
        "| longer side of the hand over the picture's shorter side | hands | found |\n|---|---|---|",
        *(f"| {_size(row)} | {row['hands']} | {share_of(row['recall'])} |" for row in finding["by_size"]),
        *(
            f"| {orientation} picture | {row['hands']} | {share_of(row['recall'])} |"
            for orientation, row in finding["by_orientation"].items()
        ),
        f"\n```\nstreamsign evaluate DATA/frames --model {READER} --reader small --split test --crop hand{option}\n"
        "```\n",
        for_whom([Column("found", finding, "found")], tuple(MEANINGS)),
    ]


def _size(row: Mapping[str, Any]) -> str:
    return f"{row['from']:.0%} and more" if row["to"] is None else f"{row['from']:.0%} to {row['to']:.0%}"

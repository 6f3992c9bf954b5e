"""The locator's card: what it was trained on, how well it finds hands, where it fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from streamsign.recognition.hand_reader import HandReader
from streamsign.recognition.locate import Locator, LocatorInfo
from streamsign.recognition.model import load_model
from streamsign.training.data.cleaning import read_findings
from streamsign.training.data.crops import folders_of
from streamsign.training.data.dataset import Picture, manifests_sha256, read_manifest
from streamsign.training.evaluation.evaluate import PictureCrop, evaluate, finder
from streamsign.training.letters.card import releases, share_of, sources, span_of
from streamsign.training.letters.export import write_files

READER = "celov"
"""Letters are what hands are found for: the card tells what finding them oneself costs this model."""

WRONG_BOXES = "wrong-boxes.json"
"""In the locator's folder: test rows whose box, drawn by a detector, a person found not to be the signing hand's."""


def describe_hand(data: Path, folder: Path) -> None:
    """Measure a locator's folder on the test split of frames/, and write its CARD.md.

    Raises:
        ModelError: a model cannot be used.
        TrainingError: a picture cannot be read.
    """
    locator = Locator(folder)
    listed = folder / WRONG_BOXES
    wrong = {(row.folder, row.line) for row in read_findings(listed)} if listed.is_file() else set()
    frames = data / "frames"
    reader = HandReader(load_model(READER), locator=locator)
    found = evaluate([frames], READER, "test", PictureCrop.HAND, finder(reader), wrong).figures
    told = evaluate([frames], READER, "test", PictureCrop.ORACLE).figures
    release = manifests_sha256(folders_of(data).values())
    text = card(locator.info, found, told, read_manifest(frames), measured_on=release)
    write_files(folder, {"CARD.md": text.encode()})


def card(
    info: LocatorInfo,
    found: Mapping[str, Any],
    told: Mapping[str, Any],
    pictures: Sequence[Picture],
    *,
    measured_on: str = "",
) -> str:
    """The card as Markdown.

    Args:
        info: the locator's.
        found: figures of :func:`streamsign.training.evaluation.evaluate.evaluate` on the test split with hands found.
        told: the same with the manifest's boxes.
        pictures: rows of the frames' manifest, all splits.
        measured_on: SHA-256 of the manifests of the release that the figures and ``pictures`` are of.
    """
    trained, finding = info.trained, found["finding"]
    sizes = [
        "| longer side of the hand over the picture's shorter side | hands | found |\n|---|---|---|",
        *(f"| {_size(row)} | {row['hands']} | {share_of(row['recall'])} |" for row in finding["by_size"]),
        *(
            f"| {name} picture | {row['hands']} | {share_of(row['recall'])} |"
            for name, row in finding["by_orientation"].items()
        ),
    ]
    return "\n".join(
        (
            f"# {info.name}\n",
            f"Finds the signing hand in a whole frame: {info.size}×{info.size} gray in, a heat map of hand centres "
            "with their boxes out. MobileNetV2 0.35 with a small top-down path, TFLite, float32. It proposes: "
            "a letter model, shown the place, has to see a hand there too, and says where exactly.\n",
            "## Made by\n",
            f"```\n{trained.get('command', 'not recorded')}\n```\n",
            *([f"{note}\n"] if (note := trained.get("note")) else []),
            f"{trained.get('date', '')}; {trained.get('scenes_with_a_hand', '?')} pictures with a hand and "
            f"{trained.get('scenes_without', '?')} without, frames, loose crops and cut-out hands put before rooms. "
            f"SHA-256 of the manifests `{info.training_data_sha256[:16]}…`, of the graph "
            f"`{info.model_sha256[:16]}…`. The boxes it learnt from were drawn by a general hand detector, which "
            "misses some 4 % of hands and now and then takes the wrong one. Best weights and threshold were chosen on "
            "the validation signers.\n",
            "## Who is in the pictures\n",
            "Training, validation and test share no signer. **Most sources state no licence**; no picture is part of "
            "this repository.\n",
            f"{releases(info.training_data_sha256, measured_on)}\n",
            sources(pictures),
            "## How well it finds hands of people it never saw (split 'test')\n",
            f"{finding['hands']} frames whose box the detector was sure of (0.9 and more), "
            f"{finding['wrong_boxes']} that a person found wrong left out ([{WRONG_BOXES}]({WRONG_BOXES})). Found: "
            f"overlap with the box of at least a half. Locator and {READER} together.\n",
            "| | |\n|---|---|",
            f"| hands found | {share_of(finding['recall'])}{span_of(finding['recall_ci95'])} |",
            f"| mean over signers | {share_of(finding['recall_by_signer'])} |",
            f"| mean overlap | {100 * (finding['overlap'] or 0):.0f} % |",
            f"| a hand seen in pictures without one ({finding['hand_free']}) | {share_of(finding['false_hands'])} |",
            f"| the same, mean over {finding['rooms']} people's rooms | {share_of(finding['false_hands_by_room'])} |",
            f"| {READER} on these frames, mean over signers: hand found | {share_of(found['macro_signer_accuracy'])} |",
            f"| the same with the manifest's boxes | {share_of(told['macro_signer_accuracy'])} |\n",
            *sizes,
            "\n```\nstreamsign evaluate DATA/frames --split test --crop hand "
            f"--wrong-boxes models/{info.name}/{WRONG_BOXES}\n```\n",
            "## What it is for\n",
            "To frame one signing hand for the letter models. It does not tell people apart and keeps no picture. Not "
            "measured: children, gloves, hands with lost fingers, very dark skin under low light. Boxes of pictures in "
            "which a hand covers the face are the least sure.\n",
        )
    )


def _size(row: Mapping[str, Any]) -> str:
    return f"{row['from']:.0%} and more" if row["to"] is None else f"{row['from']:.0%} to {row['to']:.0%}"

"""The card of a reader, ``READER.md`` in the folder of its model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streamsign.collection.manifest import Picture, read_manifest
from streamsign.recognition.model import READER, ModelInfo, load_model
from streamsign.recognition.reader import ReaderMode
from streamsign.training.data.about import ABOUT_KEY, people, sources
from streamsign.training.data.crops import folders_of
from streamsign.training.data.dataset import manifests_sha256
from streamsign.training.evaluation.evaluate import PictureCrop, evaluate
from streamsign.training.letters.card import releases, results, share_of, span_of
from streamsign.training.letters.export import write_files, write_info
from streamsign.training.letters.for_whom import Column, for_whom
from streamsign.training.letters.made_from import made_from

MACRO = "macro_signer_accuracy"
INTERVAL = f"{MACRO}_ci95"

MEASURED_OF_BOTH = {
    MACRO: "accuracy, mean over signer groups",
    "tenth_percentile_signer_accuracy": "tenth percentile of signer groups",
    "worst_signer_accuracy": "worst signer group",
    "celov_macro_signer_accuracy": "C, E, L, O and V, mean over signer groups",
    "c_o_confusion": "C read as O or O as C",
    "none_false_letter_rate": "other pictures read as a letter",
    "ece": "expected calibration error",
}
"""Figures of both networks together that ``model.json`` repeats, and their names in the card."""


def describe_reader(data: Path, folder: Path) -> None:
    """Measure a folder's reader on the test split, write the figures into ``model.json``, and write ``READER.md``.

    Args:
        data: holds hands/ and perhaps frames/ and none/.
        folder: of a model with a reader.

    Raises:
        ValueError: the folder has no reader.
    """
    info = load_model(str(folder)).info
    if info.reader is None:
        raise ValueError(f"{folder} has no reader")
    pictures = read_manifest(data / "hands")
    figures = both = None
    if any(picture.split == "test" for picture in pictures):
        figures = evaluate(
            [data / "hands"], f"{folder}:{READER}", "test", PictureCrop.ORACLE, mode=ReaderMode.LARGE
        ).figures
        both = evaluate([data / "hands"], str(folder), "test", PictureCrop.ORACLE, mode=ReaderMode.AUTO).figures
        for key in (MACRO, "tenth_percentile_signer_accuracy", "none_false_letter_rate", "ece"):
            info.reader.trained[f"test_{key}"] = None if figures[key] is None else round(figures[key], 4)
        for key in MEASURED_OF_BOTH:
            info.reader.trained[f"test_pooled_{key}"] = None if both[key] is None else round(both[key], 4)
        interval = both[INTERVAL]
        info.reader.trained[f"test_pooled_{INTERVAL}"] = None if interval is None else [round(x, 4) for x in interval]
        write_info(folder, info)
    release = manifests_sha256(folders_of(data).values())
    write_files(folder, {"READER.md": reader_card(info, figures, pictures, measured_on=release, both=both).encode()})


def reader_card(
    info: ModelInfo,
    figures: dict[str, Any] | None,
    pictures: Sequence[Picture],
    *,
    measured_on: str,
    both: dict[str, Any] | None = None,
) -> str:
    """The card as Markdown; signers are S01, S02 and so on.

    Args:
        info: of a model with a reader.
        figures: of the reader, from :func:`streamsign.training.evaluation.evaluate.evaluate` on the test split; None
            without one.
        pictures: rows of the hands' manifest, all splits.
        measured_on: SHA-256 of the manifests of the release that the figures and ``pictures`` are of.
        both: of both networks together, as ``figures``.

    Raises:
        ValueError: the model has no reader.
    """
    reader = info.reader
    if reader is None:
        raise ValueError(f"{info.name} has no reader")
    trained = reader.trained
    name = f"{info.name}:{READER}"
    parts = [
        f"# {name}\n",
        *([f"**{text}**\n"] if (text := trained.get("warning")) else []),
        f"Classifies a {reader.input_size}×{reader.input_size} gray patch of one hand as one of the letters of "
        f"`{info.name}` or as *none*, with {reader.network} (`{reader.file}`, {trained.get('kind', '?')}, "
        f"{trained.get('bytes', 0) / 1e6:.1f} MB). It does not find the hand. The probability of *none* is the sum "
        "over all shapes that are not one of the letters.\n",
        "## Training\n",
        f"```\n{trained.get('command', 'not recorded')}\n```\n",
        *([f"{note}\n"] if (note := trained.get("note")) else []),
        made_from(trained),
        *([_shared(info)] if reader.model is not None else []),
        f"{trained.get('date', '')}; {trained.get('images', '?')} hands of {trained.get('signers', '?')} signers and "
        f"{trained.get('hand_free_squares', '?')} squares without a hand. SHA-256 of the graph "
        f"`{reader.model_sha256[:16]}…`. The weights, the temperature, the thresholds and the kind of graph were "
        f"chosen on the validation signers: accuracy {share_of(trained.get('validation_macro_signer_accuracy'))}, "
        f"other pictures read as a letter {share_of(trained.get('validation_none_read_as_letter'))} before "
        "thresholds.\n",
        "## Who is in the pictures\n",
        people(trained.get(ABOUT_KEY, ""), pictures),
        f"{releases(str(trained.get('training_data_sha256', measured_on)), measured_on)}\n",
        sources(pictures),
    ]
    measured_by = f"streamsign evaluate DATA/hands --model {name} --split test"
    parts += results(figures, measured_by) if figures is not None and figures["images"] else ["No test split.\n"]
    measured = (("reader alone", figures), ("both networks", both))
    parts.append(for_whom([Column(title, each) for title, each in measured if each is not None]))
    parts.append(_both(info))
    return "\n".join(parts)


def _shared(info: ModelInfo) -> str:
    """The part of a card on a graph in another model's folder."""
    reader = info.reader
    if reader is None or reader.outputs is None:
        return ""
    others = [name for name in reader.outputs if name not in info.labels]
    return (
        f"The graph is that of `{reader.model}:{READER}`, whose card describes its training. Nothing was trained: its "
        f"outputs {', '.join(others)} are added to *none*. The probability of *none* is multiplied by "
        f"{reader.none_factor:g}, and all are normalized to a sum of 1.\n"
    )


def _both(info: ModelInfo) -> str:
    """The part of a card on both networks together, as ``streamsign evaluate --reader auto`` measures them."""
    reader = info.reader
    if reader is None or reader.share == 1:
        return ""
    trained, name = reader.trained, info.name
    rows = [
        f"| {words} | {share_of(trained.get(f'test_pooled_{key}'))}"
        f"{span_of(trained.get(f'test_pooled_{INTERVAL}')) if key == MACRO else ''} |"
        for key, words in MEASURED_OF_BOTH.items()
    ]
    return (
        "## Together with the classifier\n\n"
        f"Both networks read a single picture. The result is the weighted geometric mean of their probabilities. The "
        f"reader's weight is {reader.share:g}, chosen on the validation signers (accuracy "
        f"{share_of(trained.get('validation_pooled_macro_signer_accuracy'))}, other pictures read as a letter "
        f"{share_of(trained.get('validation_pooled_none_read_as_letter'))} before thresholds). In a stream the "
        "temporal filter weighs both instead.\n\n"
        "| on the test split | |\n|---|---|\n" + "\n".join(rows) + "\n\n"
        f"```\n{trained.get('share_chosen_by', 'not recorded')}\n"
        f"streamsign evaluate DATA/hands --model {name} --split test --reader auto\n```\n"
    )

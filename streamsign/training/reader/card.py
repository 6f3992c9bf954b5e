"""The card of a reader, ``READER.md`` in the folder of its model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streamsign.recognition.model import READER, ModelInfo, load_model
from streamsign.training.data.crops import folders_of
from streamsign.training.data.dataset import Picture, manifests_sha256, read_manifest
from streamsign.training.evaluation.evaluate import PictureCrop, evaluate
from streamsign.training.letters.card import circumstances, releases, results, share_of, sources
from streamsign.training.letters.export import write_files, write_info


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
    figures = None
    if any(picture.split == "test" for picture in pictures):
        figures = evaluate([data / "hands"], f"{folder}:{READER}", "test", PictureCrop.ORACLE).figures
        for key in ("macro_signer_accuracy", "tenth_percentile_signer_accuracy", "none_false_letter_rate", "ece"):
            info.reader.trained[f"test_{key}"] = None if figures[key] is None else round(figures[key], 4)
        write_info(folder, info)
    release = manifests_sha256(folders_of(data).values())
    write_files(folder, {"READER.md": reader_card(info, figures, pictures, measured_on=release).encode()})


def reader_card(
    info: ModelInfo, figures: dict[str, Any] | None, pictures: Sequence[Picture], *, measured_on: str
) -> str:
    """The card as Markdown; signers are S01, S02 and so on.

    Args:
        info: of a model with a reader.
        figures: of the reader, from :func:`streamsign.training.evaluation.evaluate.evaluate` on the test split; None
            when there is none.
        pictures: rows of the hands' manifest, all splits.
        measured_on: SHA-256 of the manifests of the release that ``figures`` and ``pictures`` are of.

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
        f"Reads the letters of `{info.name}` in a {reader.input_size}×{reader.input_size} gray patch of one hand, with "
        f"{reader.network} (`{reader.file}`, {trained.get('kind', '?')}, {trained.get('bytes', 0) / 1e6:.1f} MB). It "
        "does not find the hand. It gives *none* the probability of every shape that is not a letter.\n",
        "## Made by\n",
        f"```\n{trained.get('command', 'not recorded')}\n```\n",
        *([f"{note}\n"] if (note := trained.get("note")) else []),
        f"{trained.get('date', '')}; {trained.get('images', '?')} hands of {trained.get('signers', '?')} signers and "
        f"{trained.get('hand_free_squares', '?')} squares without a hand. SHA-256 of the graph "
        f"`{reader.model_sha256[:16]}…`. Best weights, temperature, thresholds and the kind of graph were chosen on "
        f"the validation signers: accuracy {share_of(trained.get('validation_macro_signer_accuracy'))}, other pictures "
        f"read as a letter {share_of(trained.get('validation_none_read_as_letter'))} before thresholds.\n",
        "## Who is in the pictures\n",
        "Training, validation and test share no signer. Pictures come from public collections in which people "
        "recorded their own alphabet by webcam or phone; **most state no licence**, and no picture is part of "
        "this repository.\n",
        f"{releases(str(trained.get('training_data_sha256', measured_on)), measured_on)}\n",
        sources(pictures),
    ]
    measured_by = f"streamsign evaluate DATA/hands --model {name} --split test"
    parts += results(figures, measured_by) if figures is not None and figures["images"] else ["No test split.\n"]
    parts.append(circumstances(figures))
    return "\n".join(parts)

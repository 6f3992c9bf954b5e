"""Writes the cards of a folder again: of a letter model, its reader, or a locator."""

from __future__ import annotations

from pathlib import Path

from streamsign.errors import TrainingError
from streamsign.recognition.model import load_model
from streamsign.training.hand.card import describe_hand
from streamsign.training.letters.describe import describe
from streamsign.training.reader.card import describe_reader


def write_cards(data: Path, folder: Path) -> list[str]:
    """Measure what is in a folder on the test split, and write its cards; graphs and thresholds stay as they are.

    Args:
        data: holds hands/ and perhaps frames/ and none/.
        folder: of a model or a locator.

    Returns:
        Names of the files that were written.

    Raises:
        ModelError: the model cannot be used.
        TrainingError: the folder has neither a model nor a locator, its model was trained from a folder of letters, or
            the pictures cannot be used.
    """
    if (folder / "locator.json").is_file():
        describe_hand(data, folder)
        return ["CARD.md"]
    if not (folder / "model.json").is_file():
        raise TrainingError(f"{folder} has neither model.json nor locator.json.", "Give the folder of a trained model.")
    info = load_model(str(folder)).info
    if "base" in info.trained:
        raise TrainingError(
            f"The card of {folder} is of the pictures that it was trained from.",
            "Run the command of its card again: the training writes the card.",
        )
    if info.reader is not None:
        describe_reader(data, folder)
    describe(data, folder)
    written = ["CARD.md", *(["READER.md"] if info.reader is not None else [])]
    return [*written, "report.html"] if (folder / "report.html").is_file() else written

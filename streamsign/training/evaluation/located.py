"""The labeled pictures of a folder with their hands: the manifest's boxes, or boxes that are found in plain folders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from streamsign.collection.manifest import MANIFEST, read_manifest
from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box
from streamsign.recognition.hand_reader import HandReader
from streamsign.recognition.model import READER, Model, load_model
from streamsign.recognition.track import HandChoice, select_hand
from streamsign.training.evaluation.figures import Patch
from streamsign.training.folder.pictures import Boxed, Locate, letter_folders, with_boxes


def finder(reader: HandReader) -> Locate:
    """Finds the hand that serving would follow."""

    def find(gray: Patch) -> Box | None:
        hand = select_hand(reader.find(gray), HandChoice.RAISED)
        return None if hand is None else hand.box

    return find


def read_pictures(folder: Path, model: Model, split: str = "") -> Boxed:
    """The pictures of a folder.

    Args:
        folder: with manifest.csv, whose rows are returned as they are; or with a folder of pictures for each letter, in
            which hands are located as ``streamsign train`` locates them.
        model: the model whose hand is located.
        split: of all pictures of a folder without a manifest.

    Raises:
        TrainingError: the folder has neither, or the manifest cannot be read.
        ModelError: the model cannot be used.
    """
    if (folder / MANIFEST).is_file():
        return Boxed(read_manifest(folder), 0, [])
    pictures = letter_folders(folder)
    if not pictures:
        raise TrainingError(
            f"{folder} has no pictures: neither manifest.csv nor a folder of pictures for each letter.",
            "Give a folder with FOLDER/A/1.jpg, FOLDER/B/1.jpg, or one with manifest.csv.",
        )
    # A reader does not say where the hand is: the small network of its model finds it.
    base = load_model(str(model.folder)) if model.variant == READER else model
    return with_boxes([replace(each, split=split) for each in pictures], finder(HandReader(base)))

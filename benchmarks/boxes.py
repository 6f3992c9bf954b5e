"""Compares our locator and MediaPipe Hands: accuracy of our classifier on the boxes of each.

The pictures are the test split's whole frames, so this needs the labeled data. MediaPipe's boxes are those of the
joints, without the fingertips; a margin for them is chosen on the validation split.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.environments import ROOT, call
from benchmarks.hands import Samples
from benchmarks.report import Subject
from streamsign.collection.manifest import read_gray, read_manifest
from streamsign.recognition.geometry import Box
from streamsign.recognition.hand_reader import HandReader
from streamsign.recognition.locate import Detection
from streamsign.recognition.model import Model
from streamsign.recognition.track import HandChoice, select_hand
from streamsign.training.evaluation.evaluate import PictureCrop, evaluate
from streamsign.training.evaluation.located import finder
from streamsign.training.folder.pictures import Locate

CASE = "hand/letters_read_of_frames"

MARGINS = (0.0, 0.08, 0.16, 0.24)
"""Margins to try, over the sides of the joints' box."""


def labeled_data() -> Path | None:
    """The folder of labeled data, if it exists."""
    data = Path(os.environ.get("STREAMSIGN_DATA", ROOT.parent / "shared" / "data"))
    return data if (data / "frames" / "manifest.csv").is_file() else None


def read_letters(model: Model, data: Path, peer: Sequence[str] | None, samples: Samples) -> None:
    """Store the share of letters read right of each test signer's frames, percent.

    Args:
        model: reads the letters of both, and finds ours.
        data: holds frames/ with its manifest.
        peer: command line of MediaPipe's program, to which the list of pictures is added; None without it.
        samples: receives the shares.

    Raises:
        PeerMissing: the program fails.
        TrainingError: the frames cannot be used.
    """
    _note(samples, "ours", _by_signer(model, data, "test", finder(HandReader(model))))
    if peer is None:
        return
    found = {split: _peer_boxes(data, split, peer) for split in ("val", "test")}

    def read(split: str, added: float) -> list[float]:
        return _by_signer(model, data, split, _replay(found[split], added))

    added = max(MARGINS, key=lambda share: float(np.mean(read("val", share))))
    _note(samples, "mediapipe_hands", read("test", added))


def _by_signer(model: Model, data: Path, split: str, locate: Locate) -> list[float]:
    figures = evaluate([data / "frames"], str(model.folder), split, PictureCrop.HAND, locate).figures
    return [100 * group["accuracy"] for group in figures["per_signer"].values()]


def _note(samples: Samples, subject: Subject, shares: list[float]) -> None:
    samples[CASE, subject, "percent"] += shares


def _peer_boxes(data: Path, split: str, peer: Sequence[str]) -> dict[bytes, list[Box]]:
    """Boxes of every picture of a split, by its gray pixels: a finder receives no paths."""
    paths = [picture.path for picture in read_manifest(data / "frames") if picture.split == split]
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "pictures.json"
        listed.write_text(json.dumps([str(path.resolve()) for path in paths]))
        reported = json.loads(call([*peer, str(listed)], folder=ROOT).splitlines()[-1])
    return {
        read_gray(path).tobytes(): [Box(*box) for box in boxes] for path, boxes in zip(paths, reported, strict=True)
    }


def _replay(boxes: dict[bytes, list[Box]], added: float) -> Locate:
    def locate(gray: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Box | None:
        # Parts of a frame, which are searched for false hands, are not in the list.
        hand = select_hand(
            [Detection(_grown(box, added), 1.0) for box in boxes.get(gray.tobytes(), [])], HandChoice.RAISED
        )
        return None if hand is None else hand.box

    return locate


def _grown(box: Box, share: float) -> Box:
    x, y = share * (box.width), share * (box.height)
    return Box(box.x0 - x, box.y0 - y, box.x1 + x, box.y1 + y)

"""How well a model reads the rendered hand, one frame at a time."""

from __future__ import annotations

import numpy as np

from streamsign.demo.poses import LETTERS
from streamsign.demo.signer import DemoSigner, luma_of
from streamsign.recognition.framing import guide_square
from streamsign.recognition.model import Model
from streamsign.recognition.picture_reader import PictureReader
from streamsign.recognition.reader import ReaderMode


def letter_readings(
    model: Model, letter: str, n: int = 20, seed: int = 0, mode: ReaderMode = ReaderMode.AUTO
) -> dict[str, int]:
    """What a model reads in ``n`` single held frames of a letter, each with its own room, light, skin and pose.

    Args:
        model: the model that reads.
        letter: what is signed.
        n: how many frames, one scene each.
        seed: of the first scene.
        mode: which of the model's networks read.

    Returns:
        How often each label was the most probable one, most frequent first.

    Raises:
        SourceError: the letter cannot be signed by a still hand.
        ModelNotFound: the mode is LARGE and the model has no reader.
    """
    reader = PictureReader(model, mode)
    counts: dict[str, int] = {}
    for number in range(n):
        signer = DemoSigner(letter, seed=seed + number)
        held = signer.truth[0]
        luma = luma_of(signer.render((held.start_s + held.end_s) / 2))
        read = reader.read(reader.cut(luma, guide_square(signer.width, signer.height)))
        label = reader.info.labels[int(np.argmax(read))]
        counts[label] = counts.get(label, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def single_frame_accuracy(
    model: Model, letters: str | None = None, n: int = 20, seed: int = 0, mode: ReaderMode = ReaderMode.AUTO
) -> float:
    """Share of single held frames read right, averaged over letters.

    Args:
        model: the model that reads.
        letters: which letters to sign; None for all the model knows and a still hand can make.
        n: frames a letter, one scene each.
        seed: of the first scene.
        mode: which of the model's networks read.

    Raises:
        SourceError, ModelNotFound: as :func:`letter_readings`.
    """
    wanted = letters or "".join(letter for letter in model.info.letters if letter in LETTERS)
    shares = [letter_readings(model, letter, n, seed, mode).get(letter, 0) / n for letter in wanted]
    return float(np.mean(shares))

"""training/folder/heads.py: strength, temperature and the reader's weight by held-out pictures."""

from __future__ import annotations

import numpy as np

from streamsign.training.folder.heads import fit_calibrated, reader_share

_CENTERS = np.array([[6.0, 0, 0], [0, 6, 0], [0, 0, 6]])


def test_the_final_head_is_of_all_pictures() -> None:
    """Held-out readings are by a head without them; the head that is written knows them."""
    rng = np.random.default_rng(1)

    def seen(targets: np.ndarray[tuple[int], np.dtype[np.intp]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float16]]:
        return (_CENTERS[targets] + rng.normal(scale=0.3, size=(len(targets), 3))).astype(np.float16)

    truth, held = np.array([0, 1] * 10), np.array([0, 1] * 4)
    parts = [seen(truth), seen(truth), seen(held), seen(held)]
    found = fit_calibrated(parts, seen(np.full(6, 2)), truth, held, ["me"] * 8, 3)
    assert found.held_out.shape == (8, 3)
    assert (found.probabilities().argmax(axis=1) == held).all()
    assert (found.head.logits(parts[2]).argmax(axis=1) == held).all()
    assert found.temperature > 0


def test_the_better_network_has_the_weight() -> None:
    """A reader that is right where the classifier is wrong is used alone; without a reader the weight is 1."""
    truth = np.array([0, 1])
    good, bad = np.array([[0.9, 0.1], [0.1, 0.9]], np.float32), np.array([[0.1, 0.9], [0.9, 0.1]], np.float32)
    assert reader_share([bad, good], truth) == 1.0
    assert reader_share([good, bad], truth) == 0.0
    assert reader_share([good], truth) == 1.0

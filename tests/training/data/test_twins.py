"""training/data/twins.py: one picture under two names or two letters."""

from __future__ import annotations

import numpy as np

from streamsign.training.data.crops import Crop
from streamsign.training.data.twins import twins_across

RNG = np.random.default_rng(0)
ONE, OTHER = (RNG.integers(0, 256, (32, 32)).astype(np.uint8) for _ in range(2))


def crop(pixels: np.ndarray, signer: str, line: int, shape: str = "C") -> Crop:
    """A hand on a line of the manifest."""
    return Crop(pixels.astype(np.uint8), shape, signer, f"source of {signer}", line=line)


def test_a_picture_of_two_signers_is_found_once() -> None:
    """The later line is listed with the earlier one, whatever their letters, and nothing is left out by itself."""
    noisy = np.clip(ONE + RNG.normal(0, 1, ONE.shape), 0, 255)
    crops = [crop(ONE, "ann", 2), crop(OTHER, "ann", 3), crop(noisy, "bob", 4, "O"), crop(OTHER, "ann", 5)]
    (found,) = twins_across(crops)
    assert (found.line, found.excluded) == (4, False)
    assert "hands line 2" in found.reason
    assert "source of ann" in found.reason
    assert found.reason.endswith(
        "which is of another signer (source of ann); shows the picture of hands line 2, which is labeled C"
    )


def test_a_picture_of_two_letters_is_found() -> None:
    """One signer's picture under a second letter is a proposal that states the first label."""
    (found,) = twins_across([crop(ONE, "ann", 2, "L"), crop(OTHER, "ann", 3, "NG"), crop(ONE, "ann", 4, "NG")])
    assert (found.line, found.excluded) == (4, False)
    assert found.reason == "shows the picture of hands line 2, which is labeled L"


def test_a_mirrored_copy_is_found() -> None:
    """A picture turned left to right is a proposal, of the same signer and letter too; a symmetric one is not."""
    even = np.hstack([ONE[:, :16], ONE[:, 15::-1]])
    crops = [crop(ONE, "ann", 2), crop(ONE[:, ::-1], "ann", 3), crop(OTHER[:, ::-1], "ann", 4), crop(even, "ann", 5)]
    (found,) = twins_across(crops)
    assert (found.line, found.excluded) == (3, False)
    assert found.reason == "mirrors the picture of hands line 2"
    (found,) = twins_across([crop(ONE, "ann", 2), crop(ONE[:, ::-1], "bob", 3, "L")])
    assert "mirrors the picture of hands line 2, which is of another signer" in found.reason


def test_other_pictures_and_rooms_are_no_copies() -> None:
    """Different hands are not alike, and pictures without a hand are not compared."""
    assert twins_across([crop(ONE, "ann", 2), crop(OTHER, "bob", 3)]) == []
    assert twins_across([crop(ONE, "ann", 2, ""), crop(ONE, "bob", 3, "")]) == []
    assert twins_across([]) == []

"""The frame on its way."""

import numpy as np

from streamsign.recognition.frame import Frame


def test_frame_holds_the_plane_itself() -> None:
    """A frame does not copy its pixels."""
    luma = np.zeros((4, 4), np.uint8)
    assert Frame(luma, 0.0).luma is luma


def test_stamps_are_not_shared() -> None:
    """Two frames never write into one ledger."""
    luma = np.zeros((4, 4), np.uint8)
    assert Frame(luma, 0.0).stamps is not Frame(luma, 0.0).stamps

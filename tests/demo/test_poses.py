"""The handshapes the demo signer knows."""

from __future__ import annotations

import itertools
import string

import numpy as np
import pytest

from streamsign.demo.poses import LETTERS, POSE_SIZE, REST, blend


def test_the_static_letters_are_there() -> None:
    """Every letter but the two movements J and Z has a pose of the documented size."""
    assert set(LETTERS) == set(string.ascii_uppercase) - set("JZ")
    assert all(pose.shape == (POSE_SIZE,) and np.isfinite(pose).all() for pose in (REST, *LETTERS.values()))


def test_no_two_letters_are_alike() -> None:
    """Any two letters differ by more than five degrees in some joint or in the view."""
    for first, second in itertools.combinations(LETTERS, 2):
        assert np.abs(LETTERS[first] - LETTERS[second]).max() > 5, f"{first} and {second}"


@pytest.mark.parametrize(("share", "expected"), [(0.0, REST), (1.0, LETTERS["V"]), (0.5, (REST + LETTERS["V"]) / 2)])
def test_blend_goes_from_one_pose_to_the_other(share: float, expected: np.ndarray) -> None:
    """A movement starts at the first pose, ends at the second and passes half-way between them."""
    np.testing.assert_allclose(blend(REST, LETTERS["V"], share), expected)

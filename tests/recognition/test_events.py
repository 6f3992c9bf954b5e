"""The outputs of the core."""

import dataclasses

import pytest

from streamsign.recognition.events import Commit, Reading


def test_events_cannot_be_changed() -> None:
    """Readings and commits are facts: nothing downstream can rewrite them."""
    for event in (Reading(0.0, None, 1.0, (), 1.0, False), Commit("C", 0.9, 0.0, 0.2)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            event.confidence = 0.5  # type: ignore[misc]

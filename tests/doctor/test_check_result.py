"""doctor/finding.py: what scripts that read ``streamsign doctor --json`` rely on."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, asdict

import pytest

from streamsign.doctor.check_result import CheckResult, CheckStatus


def test_health_is_told_by_words_that_stay_the_same() -> None:
    """Scripts compare them; they are written as they are, best first."""
    assert [f"{health}" for health in CheckStatus] == ["ok", "warning", "failed"]


def test_a_finding_says_what_was_seen_and_cannot_be_changed() -> None:
    """A check that is ok needs no next step, and a result cannot be changed."""
    found = CheckResult("camera", CheckStatus.OK, "It works.")
    assert asdict(found) == {"about": "camera", "health": "ok", "words": "It works.", "next_step": ""}
    with pytest.raises(FrozenInstanceError):
        found.health = CheckStatus.FAILED  # type: ignore[misc]

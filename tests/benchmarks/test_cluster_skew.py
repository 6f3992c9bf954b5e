"""benchmarks/cluster_skew.py: the earlier commit, and what its section says."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cluster_moves import Moves
from benchmarks.cluster_skew import install_commit, section
from streamsign.errors import StreamsignError


def test_an_unknown_commit_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    """The error has what git says, and how to find a commit."""
    with pytest.raises(StreamsignError, match="does not have the commit no-such-commit") as refused:
        install_commit("no-such-commit", tmp_path)
    assert "git log" in str(refused.value.next_step)


def test_the_section_has_the_commit_and_the_figures() -> None:
    """The command that writes it is named with its commit, above the figures of the run."""
    text = section("abc1234", Moves("drain", 12, 90, 0, 0, 1, 0, 0.21, 1.06, 0.02, 0.43))
    assert "make skew COMMIT=abc1234" in text
    assert "| repetitions | 12 |" in text
    assert "0.21 s, 1.06 s" in text

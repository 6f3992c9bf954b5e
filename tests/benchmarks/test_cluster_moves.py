"""benchmarks/cluster_moves.py: how what was read is compared with what was signed."""

from __future__ import annotations

import pytest

from benchmarks.cluster_moves import Event, Moves, differences, section


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ("CELO", (0, 0)),
        ("CELOCELOCE", (0, 0)),
        ("CEOCELO", (1, 0)),
        ("CELLOCELO", (0, 1)),
        ("CELOO", (0, 1)),
        ("CEVOCELO", (1, 1)),
        ("", (0, 0)),
    ],
)
def test_lost_and_doubled_letters_are_counted(read: str, expected: tuple[int, int]) -> None:
    """A word that is signed again and again may end anywhere; what is missing within and what is too much counts."""
    assert differences(read, "CELO") == expected


@pytest.mark.parametrize("event", list(Event))
def test_the_section_has_the_figures(event: Event) -> None:
    """Each kind of event is described, with its counts and times."""
    found = Moves(event.value, 50, 480, 0, 0, 1, 0, 0.4, 0.9, 0.03, 0.2)
    text = section(found)
    assert "| repetitions | 50 |" in text
    assert "0.4 s, 0.9 s" in text
    assert "make moves" in text

"""adapting/pictures.py: which pictures take part, and in which order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from streamsign.adapting.pictures import by_letter, thinned
from streamsign.collection.manifest import Picture, Taken
from streamsign.recognition.geometry import Box

_PICTURE = Picture(Path(), Path("a__1.png"), 2, "s", "me", "C", "", Box(0, 0, 9, 9))


def _at(time: str) -> Picture:
    return replace(_PICTURE, path=Path(f"x__{time[-3:-1]}.png"), taken=Taken("0", "", "", "", time, "", 0, 0))


def test_numbers_in_names_give_the_order() -> None:
    """Frame 8 comes before frame 17; pictures without a letter or a box are left out."""
    names = ["a__17.png", "a__8.png", "a__100.png"]
    pictures = [replace(_PICTURE, path=Path(name)) for name in names]
    pictures += [replace(_PICTURE, letter=""), replace(_PICTURE, hand=None)]
    assert [each.path.name for each in by_letter(pictures)["C"]] == ["a__8.png", "a__17.png", "a__100.png"]


def test_the_time_goes_before_the_name() -> None:
    """Collected pictures are in the order in which they were taken."""
    late, early = _at("2026-11-28T15:04:01Z"), replace(_at("2026-11-28T15:03:09Z"), path=Path("z__99.png"))
    assert by_letter([late, early])["C"] == [early, late]


def test_pictures_are_thinned_evenly() -> None:
    """Of many pictures some at even distances stay, the first and the last among them."""
    pictures = [replace(_PICTURE, row=row) for row in range(41)]
    assert [each.row for each in thinned(pictures, 5)] == [0, 10, 20, 30, 40]
    assert thinned(pictures[:3], 5) == pictures[:3]
    assert thinned([], 5) == []

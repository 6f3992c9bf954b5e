"""training/data/about.py: what a card states about the pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.collection.manifest import Picture
from streamsign.errors import TrainingError
from streamsign.training.data.about import ABOUT_KEY, MAX_CHARACTERS, people, read_about, shared_signers, sources


def picture(signer: str, split: str, source: str = "class") -> Picture:
    """A row of a manifest."""
    return Picture(Path(), Path("a.png"), 2, source, signer, "B", split, None)


def test_the_text_of_the_owner_is_read(tmp_path: Path) -> None:
    """The text is stored under its key without surrounding blanks; a missing or empty file gives nothing."""
    assert read_about(tmp_path) == {}
    (tmp_path / "about.md").write_text("\n Recorded in class; every person agreed. CC BY 4.0.\n", encoding="utf-8")
    assert read_about(tmp_path) == {ABOUT_KEY: "Recorded in class; every person agreed. CC BY 4.0."}
    (tmp_path / "about.md").write_text("\n")
    assert read_about(tmp_path) == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe", r"is not UTF-8.*\n?.*Save it as UTF-8"),
        (b"a" * (MAX_CHARACTERS + 1), r"5001 characters.*\n?.*Shorten it"),
    ],
)
def test_an_unusable_text_is_an_error(tmp_path: Path, content: bytes, message: str) -> None:
    """The error names the file and the next step."""
    (tmp_path / "about.md").write_bytes(content)
    with pytest.raises(TrainingError, match=message):
        read_about(tmp_path)


def test_the_card_claims_nothing_that_the_data_do_not_state() -> None:
    """Without a text the origin and the license are not stated; with one, only the text is given."""
    missing = people("", [picture("a", "train")])
    assert "The origin of the pictures, the consent of the people in them and the license are not stated." in missing
    assert "about.md" in missing
    given = people("Recorded in class.", [picture("a", "train")])
    assert given.startswith("Recorded in class.\n")
    assert "not stated" not in given


def test_signers_in_two_splits_are_counted() -> None:
    """A signer in two of train, val and test is counted but not named; other splits do not count."""
    rows = [picture("jane", "train"), picture("jane", "test"), picture("ali", "val"), picture("ali", "unused")]
    assert shared_signers(rows) == ["jane"]
    assert "**1 signers appear in more than one split.**" in people("", rows)
    assert "jane" not in people("", rows)
    assert "no signer appears in more than one split" in people("", rows[2:])


def test_sources_are_counted_by_split() -> None:
    """Each source has its pictures and signers in each split, and a dash where it has none."""
    rows = [picture("jane", "train"), picture("jane", "train"), picture("ali", "train"), picture("eve", "val", "home")]
    table = sources(rows)
    assert "| class | 3 (2) | – | – |" in table
    assert "| home | – | 1 (1) | – |" in table
    assert "jane" not in table

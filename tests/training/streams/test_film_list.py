"""training/streams/film_list.py: films that a table lists."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamsign.errors import TrainingError
from streamsign.training.streams.film_list import listed_films, repetitions

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def test_rows_have_the_wanted_columns(tmp_path: Path) -> None:
    """Other columns come along; a row without a wanted one is named."""
    (tmp_path / "manifest.csv").write_text("\ufefffile,letter,remarks\na.mp4,J,\n", encoding="utf-8")
    assert listed_films(tmp_path, ("file", "letter")) == [{"file": "a.mp4", "letter": "J", "remarks": ""}]
    with pytest.raises(TrainingError, match="row 2: no signer"):
        listed_films(tmp_path, ("file", "signer"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT)
def test_any_text_is_rows_or_an_error(tmp_path: Path, text: str) -> None:
    """The list is read, or a TrainingError names it."""
    (tmp_path / "manifest.csv").write_text(text, encoding="utf-8")
    try:
        listed_films(tmp_path, ("file",))
    except TrainingError as error:
        assert "manifest.csv" in str(error)  # noqa: PT017 (any text may also be fine)


@given(TEXT | st.from_regex(r"[0-9.;e-]{0,20}"))
def test_any_repetitions_are_times_or_an_error(text: str) -> None:
    """Each time has a start and a later end, or a TrainingError has the text."""
    try:
        found = repetitions({"repetitions": text}, "row 2")
    except TrainingError as error:
        assert str(error).startswith("row 2: ")  # noqa: PT017 (any text may also be fine)
    else:
        assert all(0 <= start_s < end_s < float("inf") for start_s, end_s in found)


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("1-2;3-2", "row 2: the repetition '3-2' ends before it starts"),
        ("2-2", "row 2: the repetition '2-2' ends when it starts"),
        ("1-2;a", "row 2: the repetition 'a' is not a start and an end"),
        ("nan-2", "row 2: the repetition 'nan-2' is not a start and an end"),
    ],
)
def test_a_wrong_repetition_is_named(text: str, reported: str) -> None:
    """The error has the repetition and what is wrong with it."""
    with pytest.raises(TrainingError, match=reported):
        repetitions({"repetitions": text}, "row 2")

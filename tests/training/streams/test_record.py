"""Streams on disk."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box
from streamsign.training.streams.record import read_boxes, read_streams

GOOD = '[{"file": "a.mp4", "signer": "S01", "fps": 30, "truth": [{"letter": "C", "start_s": 1, "end_s": 1.5}]}]'


def test_a_folder_of_streams_is_read(tmp_path: Path) -> None:
    """Every field arrives."""
    (tmp_path / "a.mp4").touch()
    (tmp_path / "streams.json").write_text(GOOD)
    (record,) = read_streams(tmp_path)
    assert (record.file, record.signer, record.fps, record.truth[0].letter) == ("a.mp4", "S01", 30, "C")


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        (GOOD.replace("1.5", "0.5"), "ends before it starts"),
        (GOOD.replace('"fps": 30', '"fps": 0'), "0.fps"),
        (GOOD.replace("1.5", "1e999"), "finite"),
        (GOOD.replace('"C"', '"c"'), "truth.0.letter"),
        (GOOD.replace("a.mp4", "../b.mp4"), "not in"),
        (GOOD, "names a.mp4"),
        ("{", "whole file"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, reported: str) -> None:
    """The error says which field of which entry, and never leaves the folder."""
    (tmp_path / "streams.json").write_text(text)
    with pytest.raises(TrainingError, match=reported):
        read_streams(tmp_path)


@pytest.mark.parametrize("edge", ["nan", "inf", "-inf", "1e999"])
def test_a_box_without_finite_edges_is_an_error(tmp_path: Path, edge: str) -> None:
    """The line of a box that has no size is named."""
    path = tmp_path / "boxes.csv"
    path.write_text(f"file,frame,hand_x0,hand_y0,hand_x1,hand_y1\na.mp4,0,1,2,{edge},4.5\n")
    with pytest.raises(TrainingError, match="line 2"):
        read_boxes(path)


def test_a_folder_without_the_list_says_so(tmp_path: Path) -> None:
    """The error says what the folder must hold."""
    with pytest.raises(TrainingError, match=r"streams\.json") as caught:
        read_streams(tmp_path)
    assert "videos" in caught.value.next_step


def test_boxes_are_read_by_file_and_frame(tmp_path: Path) -> None:
    """Frames without a hand have none."""
    path = tmp_path / "boxes.csv"
    path.write_text("file,frame,hand_x0,hand_y0,hand_x1,hand_y1\na.mp4,0,1,2,3,4.5\na.mp4,1,,,,\nb.mp4,0,,,,\n")
    assert read_boxes(path) == {"a.mp4": {0: Box(1, 2, 3, 4.5)}, "b.mp4": {}}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60))
def test_any_text_is_boxes_or_an_error(tmp_path: Path, text: str) -> None:
    """The parser never fails in another way."""
    path = tmp_path / "boxes.csv"
    path.write_text("file,frame,hand_x0,hand_y0,hand_x1,hand_y1\n" + text, encoding="utf-8")
    try:
        read_boxes(path)
    except TrainingError as error:
        assert "line" in str(error)  # noqa: PT017 (any text may also be fine)

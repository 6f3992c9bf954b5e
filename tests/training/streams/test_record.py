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
        (GOOD.replace("1.5", "0.5"), r"streams\.json, entry 1 .a\.mp4., letter 1: it ends before it starts"),
        (GOOD.replace('"fps": 30', '"fps": 0'), "entry 1 .a.mp4.: fps should be greater than 0"),
        (GOOD.replace('"fps": 30, ', ""), "entry 1 .a.mp4.: fps is missing"),
        (f"[{GOOD[1:-1]}, 5]", "entry 2: it is not an object"),
        (GOOD.replace('"S01"', '""'), "signer is empty"),
        (GOOD.replace('"a.mp4"', '" "'), "file is empty"),
        (GOOD.replace('"fps"', '"letters": [], "fps"'), 'has both "truth" and "letters"'),
        (GOOD.replace("1.5", "1e999"), "finite"),
        (GOOD.replace('"C"', '""'), "letter 1: '' cannot be a letter"),
        (GOOD.replace('"C"', '"C O"'), "letter 1: 'C O' cannot be a letter .Use up to 16 letters"),
        (GOOD.replace('"C"', '"none"'), "letter 1: 'none' stands for hands that show no letter"),
        (GOOD.replace('"C"', '"OTHER"'), "letter 1: 'OTHER' stands for hands that show no letter"),
        (GOOD.replace("a.mp4", "../b.mp4"), r"names \.\./b\.mp4, which is not in"),
        (GOOD.replace("a.mp4", "/b.mp4"), "names /b.mp4, which is not in"),
        (GOOD, "names a.mp4, which is not a file in"),
        (
            GOOD.replace("}]}]", '}, {"letter": "O", "start_s": 1.4, "end_s": 2}]}]'),
            "O starts at 1.4 s, before C ends at 1.5",
        ),
        (GOOD.replace("}]}]", '}, {"letter": "O", "start_s": 0, "end_s": 0.5}]}]'), "O starts at 0 s, before C ends"),
        ("[]", "lists no film"),
        ("{", "is not JSON"),
        ("1", "not a list of films"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, reported: str) -> None:
    """The error says which field of which entry, and never leaves the folder."""
    (tmp_path / "streams.json").write_text(text)
    with pytest.raises(TrainingError, match=reported):
        read_streams(tmp_path)


@pytest.mark.parametrize(("listed", "read"), [("NG", "NG"), ("c", "c"), ("5", "5"), ("Ñ", "Ñ"), ("N\u0303", "Ñ")])
def test_own_letters_are_read(tmp_path: Path, listed: str, read: str) -> None:
    """Letters follow the rule of pictures: several characters, digits, and any script, composed."""
    (tmp_path / "a.mp4").touch()
    (tmp_path / "streams.json").write_text(GOOD.replace('"C"', f'"{listed}"'), encoding="utf-8")
    assert [each.letter for each in read_streams(tmp_path)[0].truth] == [read]


def test_a_row_without_a_letter_is_a_film_of_none(tmp_path: Path) -> None:
    """Empty cells of letter and repetitions list a film in which nothing is spelled."""
    (tmp_path / "j.mp4").touch()
    (tmp_path / "manifest.csv").write_text(LISTED + "j.mp4,ann,,val,,30\n")
    assert [record.truth for record in read_streams(tmp_path)] == [[]]


def test_a_linked_film_is_in_the_folder(tmp_path: Path) -> None:
    """A symbolic link is put there by the person who makes the folder; only names in the list may not lead outside."""
    (tmp_path / "b.mp4").touch()
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "a.mp4").symlink_to(tmp_path / "b.mp4")
    (folder / "streams.json").write_text(GOOD)
    assert [record.file for record in read_streams(folder)] == ["a.mp4"]


def test_a_file_is_a_list_or_one_entry(tmp_path: Path) -> None:
    """A JSON file of any name is read as streams.json is; what `demo --truth` writes is one entry, with letters."""
    (tmp_path / "a.mp4").touch()
    for text in (GOOD, GOOD[1:-1], GOOD[1:-1].replace("truth", "letters")):
        (tmp_path / "a.json").write_text(text)
        (record,) = read_streams(tmp_path / "a.json")
        assert [each.letter for each in record.truth] == ["C"]
    with pytest.raises(TrainingError, match=r"nowhere\.json cannot be read"):
        read_streams(tmp_path / "nowhere.json")


LISTED = "file,signer,letter,split,repetitions,frame_rate\n"


def test_a_list_of_films_is_read(tmp_path: Path) -> None:
    """Without streams.json each row of manifest.csv is a film whose letter is signed once in each repetition."""
    (tmp_path / "j.mp4").touch()
    (tmp_path / "manifest.csv").write_text(LISTED + "j.mp4,ann,J,val,0.30-0.70;1.20-1.60,29.97\n")
    (record,) = read_streams(tmp_path)
    assert (record.file, record.signer, record.split, record.fps) == ("j.mp4", "ann", "val", 29.97)
    assert [(each.letter, each.start_s, each.end_s) for each in record.truth] == [("J", 0.3, 0.7), ("J", 1.2, 1.6)]


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ("file,signer,letter,split\nj.mp4,ann,J,val\n", "row 2: no repetitions, frame_rate"),
        (LISTED + "j.mp4,ann,J,val,0.7-0.3,30\n", "row 2 .j.mp4.: the repetition '0.7-0.3' ends before"),
        (LISTED + "j.mp4,ann,J,val,0.3-0.7,fast\n", "row 2 .j.mp4.: frame_rate should be a valid number"),
        (LISTED + "j.mp4,ann,j!,val,0.3-0.7,30\n", "row 2 .j.mp4.: 'j!' cannot be a letter"),
        (LISTED + "j.mp4,ann,J,val,,30\n", "row 2 .j.mp4.: the letter J has no times"),
        (LISTED + "j.mp4,,J,val,0.3-0.7,30\n", "row 2 .j.mp4.: signer is empty"),
        (LISTED + "j.mp4,ann,J,val,0.3-0.7;0.5-0.9,30\n", "row 2 .j.mp4.: J starts at 0.5 s, before J ends"),
        (LISTED, "lists no film"),
    ],
)
def test_what_is_wrong_in_a_list_of_films_is_named(tmp_path: Path, text: str, reported: str) -> None:
    """The error names the row and the column."""
    (tmp_path / "j.mp4").touch()
    (tmp_path / "manifest.csv").write_text(text)
    with pytest.raises(TrainingError, match=reported) as caught:
        read_streams(tmp_path)
    assert "truth" not in caught.value.next_step


def test_the_list_of_films_has_the_split_that_streams_lack(tmp_path: Path) -> None:
    """A split in streams.json is kept; films that neither list gives one have none."""
    (tmp_path / "a.mp4").touch()
    (tmp_path / "streams.json").write_text(GOOD)
    (tmp_path / "manifest.csv").write_text("file\na.mp4\n")
    assert [record.split for record in read_streams(tmp_path)] == [""]
    (tmp_path / "manifest.csv").write_text("file,split\na.mp4,test\n")
    assert [record.split for record in read_streams(tmp_path)] == ["test"]
    (tmp_path / "streams.json").write_text(GOOD.replace('"fps"', '"split": "val", "fps"'))
    assert [record.split for record in read_streams(tmp_path)] == ["val"]


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

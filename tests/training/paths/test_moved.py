from pathlib import Path

import cv2
import numpy as np
import pytest

from streamsign.training.paths.moved import FPS, HEIGHT, MOVEMENTS, WIDTH, moved_hands


@pytest.fixture
def hands(tmp_path: Path) -> Path:
    """A folder with one picture of a D and one of an I by the same validation signer: a light square on gray."""
    columns = "file,source,signer,letter,split,width,height,hand_x0,hand_y0,hand_x1,hand_y1,detector_score,hands_seen"
    rows = [columns]
    for letter in "DI":
        picture = np.full((100, 100), 90, np.uint8)
        picture[30:70, 30:70] = 220
        cv2.imwrite(str(tmp_path / f"{letter}.png"), picture)
        rows.append(f"{letter}.png,webcam,a,{letter},val,100,100,30,30,70,70,1.0,1")
    (tmp_path / "manifest.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def test_each_letter_is_moved_in_every_way_and_begins_words(hands: Path) -> None:
    """One film of each kind of movement and four words are made of a letter, all of its signer."""
    films = list(moved_hands(hands, "val", {"D": 1}, 3))
    assert [film.kind for film in films] == [*MOVEMENTS, *["words"] * 4]
    assert all(film.word.startswith("D") for film in films)
    assert {film.signer for film in films} == {"a"}


def test_frames_have_even_times_and_show_the_hand_move(hands: Path) -> None:
    """A shaken hand's light square moves from side to side in frames of the stated size and rate."""
    shaken = next(film for film in moved_hands(hands, "val", {"I": 1}, 3) if film.kind == "shake")
    shots = list(shaken.shots)
    assert np.allclose(np.diff([shot.at_s for shot in shots]), 1 / FPS)
    assert {shot.luma.shape for shot in shots} == {(HEIGHT, WIDTH)}
    middles = [float(np.nonzero(shot.luma > 180)[1].mean()) for shot in shots]
    assert max(middles) - min(middles) > 4


def test_another_split_is_not_opened(hands: Path) -> None:
    """Pictures of validation signers are not used for test films."""
    assert list(moved_hands(hands, "test", {"D": 1}, 3)) == []

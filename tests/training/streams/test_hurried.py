"""training/streams/hurried.py: films of held letters played at talking speed."""

import json
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from streamsign.demo.signer import DemoSigner
from streamsign.training.streams.hurried import DRAWN, hurried_streams
from tests.films import HEIGHT, WIDTH, film

FPS = 24


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a film of LOVE, which a list says is of the split val."""
    folder = tmp_path / "spelled"
    folder.mkdir()
    shutil.copy(film("LOVE", fps=FPS), folder / "love.y4m")
    signer = DemoSigner("LOVE", fps=FPS, width=WIDTH, height=HEIGHT)
    truth = [{"letter": each.letter, "start_s": each.start_s, "end_s": each.end_s} for each in signer.truth]
    listed(folder, truth, fps=FPS)
    return tmp_path


def listed(folder: Path, truth: list[dict[str, object]], *, fps: float) -> None:
    """The list of the film."""
    record = {"file": "love.y4m", "signer": "demo", "fps": fps, "split": "val", "truth": truth}
    (folder / "streams.json").write_text(json.dumps([record]))


def held_s(data: Path) -> dict[str, float]:
    """Length of each hold as filmed."""
    (record,) = json.loads((data / "spelled" / "streams.json").read_text())
    return {each["letter"]: each["end_s"] - each["start_s"] for each in record["truth"]}


def test_words_are_consecutive_letters_at_talking_speed(data: Path) -> None:
    """Each word is a part of the film's, in order, with no hold longer than it was filmed and at most 6 letters/s."""
    filmed = held_s(data)
    streams = list(hurried_streams(data, "val", 6))
    assert len(streams) == 6
    for stream in streams:
        assert stream.name in "LOVE"
        assert [each.letter for each in stream.truth] == list(stream.name)
        assert len(stream.name) >= 3
        for each in stream.truth:
            assert 0 < each.end_s - each.start_s <= filmed[each.letter] + 1e-6
        assert all(before.end_s < after.start_s for before, after in pairwise(stream.truth))
    periods = [after.start_s - before.start_s for stream in streams for before, after in pairwise(stream.truth)]
    assert 0.1 < np.median(periods) < 0.8
    assert any(each.end_s - each.start_s < 0.3 for stream in streams for each in stream.truth)


def test_frames_are_evenly_spaced_and_end_without_a_hand(data: Path) -> None:
    """30 frames a second from 0 on, past the last letter, and then flat pictures: the hand is gone."""
    stream = next(hurried_streams(data, "val", 1))
    shots = list(stream.shots)
    assert [shot.at_s for shot in shots] == pytest.approx([number / 30 for number in range(len(shots))])
    assert shots[-1].at_s > stream.truth[-1].end_s + 0.3
    assert np.ptp(shots[-1].luma) == 0
    assert min(np.ptp(shot.luma) for shot in shots if shot.at_s < stream.truth[-1].end_s) > 50


def test_the_same_seed_makes_the_same_words(data: Path) -> None:
    """A fit can be repeated: truth and pictures depend on the seed alone."""
    one, same, other = (list(hurried_streams(data, "val", 4, seed)) for seed in (1, 1, 2))
    assert [each.truth for each in one] == [each.truth for each in same]
    assert [each.truth for each in one] != [each.truth for each in other]
    pairs = zip(one[0].shots, same[0].shots, strict=True)
    assert all(np.array_equal(first.luma, second.luma) for first, second in pairs)


def test_drawn_letters_are_left_out(data: Path) -> None:
    """J and Z are other movements when they are faster, so words end before them and begin after them."""
    folder = data / "spelled"
    (record,) = json.loads((folder / "streams.json").read_text())
    record["truth"][1]["letter"] = "J"
    listed(folder, record["truth"], fps=FPS)
    streams = list(hurried_streams(data, "val", 8))
    assert {stream.name for stream in streams} <= {"L", "VE"}
    assert not any(set(stream.name) & set(DRAWN) for stream in streams)


def test_other_splits_and_unfit_films_are_left_out(data: Path) -> None:
    """Films of test signers are not hurried when numbers are fitted; nor are slow cameras' films and quick spelling."""
    assert list(hurried_streams(data, "test", 2)) == []
    folder = data / "spelled"
    (record,) = json.loads((folder / "streams.json").read_text())
    listed(folder, record["truth"], fps=10.0)
    assert list(hurried_streams(data, "val", 2)) == []
    for each in record["truth"]:
        each["end_s"] = each["start_s"] + 0.2
    listed(folder, record["truth"], fps=FPS)
    assert list(hurried_streams(data, "val", 2)) == []

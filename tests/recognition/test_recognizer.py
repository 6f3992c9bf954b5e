"""The whole core on the rendered signer."""

import json
import math
import shutil
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamsign import Commit, Pause, Reading, Recognizer
from streamsign.demo.coarticulation import CoarticulatedMotion, Hold
from streamsign.demo.signer import DemoSigner
from streamsign.errors import ModelInvalid
from streamsign.recognition.framing import Framing
from streamsign.recognition.model import load_model
from streamsign.recognition.pauses import PauseRule
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.track import HandChoice


@pytest.fixture(scope="module")
def frames() -> list[tuple[np.ndarray, float]]:
    """The demo signer spelling LOVE."""
    return [(frame.luma, frame.at_s) for frame in DemoSigner("LOVE", seed=1, fps=15, width=320, height=240)]


def read(recognizer: Recognizer, frames: list[tuple[np.ndarray, float]]) -> list[Reading | Commit | Pause]:
    """All events of the recognizer for a clip."""
    return [event for luma, at_s in frames for event in recognizer.feed(luma, at_s)]


def test_reads_the_word(frames: list[tuple[np.ndarray, float]]) -> None:
    """The letters come out in order, each once, with times that make sense."""
    commits = [event for event in read(Recognizer.load("celov"), frames) if isinstance(event, Commit)]
    assert "".join(commit.letter for commit in commits) == "LOVE"
    assert all(commit.started_s <= commit.captured_s for commit in commits)


def test_one_reading_a_frame(frames: list[tuple[np.ndarray, float]]) -> None:
    """Each frame gives exactly one reading at its own time."""
    readings = [event for event in read(Recognizer.load("celov"), frames[:20]) if isinstance(event, Reading)]
    assert [reading.at_s for reading in readings] == [at_s for _, at_s in frames[:20]]


def test_replay_is_identical(frames: list[tuple[np.ndarray, float]]) -> None:
    """After a reset the same clip gives the same events to the last bit."""
    recognizer = Recognizer.load("celov")
    first = read(recognizer, frames)
    recognizer.reset()
    assert read(recognizer, frames) == first


def test_stages_are_told_in_order(frames: list[tuple[np.ndarray, float]]) -> None:
    """The stage callback is called once for each stage, in order."""
    stages: list[str] = []
    recognizer = Recognizer(load_model("celov"), reader=ReaderMode.SMALL)
    recognizer.feed(*frames[22], on_stage=stages.append)
    recognizer.feed(np.full((480, 640), 120, np.uint8), 10.0)
    recognizer.feed(np.full((480, 640), 120, np.uint8), 10.1)
    assert stages == ["located", "cropped", "classified", "decided"]


def test_a_camera_without_a_hand_spells_nothing() -> None:
    """Noise and an even wall give no letters."""
    recognizer, noise = Recognizer.load("celov"), np.random.default_rng(0)
    for n in range(60):
        luma = noise.integers(100, 130, (480, 640), np.uint8) if n % 2 else np.full((480, 640), 120, np.uint8)
        assert not [event for event in recognizer.feed(luma, n / 30) if isinstance(event, Commit)]


@pytest.mark.parametrize("luma", [np.zeros((3, 3, 3), np.uint8), np.zeros((0, 0), np.uint8), np.zeros((4, 4), float)])
def test_wrong_frames_are_refused(luma: np.ndarray) -> None:
    """An array that is not a brightness plane is an error."""
    with pytest.raises(ValueError, match="luma must be"):
        Recognizer.load("celov").feed(luma, 0.0)


def test_moving_letters_need_their_rules(tmp_path: Path) -> None:
    """A model that names a moving letter is rejected until paths.json describes that letter, and no other."""
    folder = Path(shutil.copytree(load_model("celov").folder, tmp_path / "celov"))
    described = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(described | {"moving": {"Z": {"from": ["L"]}}}))
    with pytest.raises(ModelInvalid, match=r"no readable paths\.json"):
        Recognizer.load(str(folder))
    rule = {"weights": {"stroke": 1.0}, "bias": -1.0, "threshold": 0.0}
    for letters in ([], ["J"], ["J", "Z"]):
        (folder / "paths.json").write_text(json.dumps({"letters": dict.fromkeys(letters, rule)}))
        with pytest.raises(ModelInvalid, match=r"paths\.json describes[\s\S]*--task paths"):
            Recognizer.load(str(folder))
    (folder / "paths.json").write_text(json.dumps({"letters": {"Z": rule}}))
    assert Recognizer.load(str(folder)).draws
    assert not Recognizer.load("celov").draws


def test_the_chosen_hand_is_read() -> None:
    """Of two rendered people side by side the one is read, and after a choice in between the other."""
    left, right = (
        list(DemoSigner(letter, seed=seed, letter_s=2.4, fps=15, width=480, height=360))
        for letter, seed in (("L", 3), ("V", 4))
    )
    recognizer = Recognizer.load("celov")
    recognizer.hand = HandChoice.LEFT
    spelled = ""
    for number, (one, other) in enumerate(zip(left, right, strict=True)):
        if number == len(left) // 2:
            recognizer.hand = HandChoice.RIGHT
        both = np.hstack([one.luma, other.luma])
        spelled += "".join(each.letter for each in recognizer.feed(both, one.at_s) if isinstance(each, Commit))
    assert spelled == "LV"


_TIMES = st.one_of(st.floats(-1e9, 1e9), st.floats(), st.sampled_from([math.nan, math.inf, -math.inf]))


@cache
def _boxed(_number: int) -> Recognizer:
    return Recognizer.load("celov", framing=Framing.BOX)


@settings(deadline=None, max_examples=30)
@given(times=st.lists(_TIMES, max_size=12))
def test_a_time_that_is_not_finite_is_refused_and_changes_nothing(times: list[float]) -> None:
    """Such a frame raises ValueError, and the frames around it are read as if it had not been there."""
    recognizer, other = _boxed(0), _boxed(1)
    recognizer.reset()
    other.reset()
    luma = np.full((48, 64), 90, np.uint8)
    for at_s in times:
        if math.isfinite(at_s):
            (reading, *_), (expected, *_) = recognizer.feed(luma, at_s), other.feed(luma, at_s)
            assert reading == expected
            assert isinstance(reading, Reading)
            assert math.isfinite(reading.confidence)
        else:
            with pytest.raises(ValueError, match="finite"):
                recognizer.feed(luma, at_s)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_shipped_alphabet_reads_a_drawn_z(seed: int) -> None:
    """The demo signer's zigzag becomes one Z, and what was read of the pointing hand before is replaced."""
    recognizer = Recognizer.load("alphabet")
    text = ""
    for frame in DemoSigner("Z", seed=seed, width=320, height=240):
        for event in recognizer.feed(frame.luma, frame.at_s):
            if isinstance(event, Commit):
                text = text[: len(text) - event.replaces] + event.letter
    assert text == "Z"
    assert "Z" in recognizer.letters


def test_a_hand_that_goes_back_for_a_second_z_is_within_the_word() -> None:
    """Of two Z the second belongs to the word of the first, though no letter is shown for longer than a pause."""
    recognizer = Recognizer(load_model("alphabet"), pauses=PauseRule())
    text = ""
    for frame in DemoSigner("ZZ", fps=15, width=320, height=240):
        for event in recognizer.feed(frame.luma, frame.at_s):
            if isinstance(event, Commit):
                text = text[: len(text) - event.replaces] + event.letter
            elif isinstance(event, Pause):
                text += " "
    assert text.strip() == "ZZ"


def test_a_last_letter_held_for_long_ends_the_word() -> None:
    """The hand stays in the E of LOVE for 4 s and spells CELLO next without being lowered: these are two words."""
    holds, now_s = [], 1.4
    for number, letter in enumerate("LOVECELLO"):
        held_s = 4.0 if number == 3 else 0.6
        holds.append(Hold(letter, now_s, now_s + held_s, number == 0))
        now_s += held_s + (0.8 if letter == "L" else 0.35)
    motion = CoarticulatedMotion(holds, np.random.default_rng(4))
    recognizer = Recognizer(load_model("celov"), pauses=PauseRule())
    text = ""
    for frame in DemoSigner("LOVECELLO", seed=3, fps=15, width=320, height=240, motion=motion):
        for event in recognizer.feed(frame.luma, frame.at_s):
            if isinstance(event, Commit | Pause):
                text += event.letter if isinstance(event, Commit) else " "
    assert text == "LOVE CELLO "

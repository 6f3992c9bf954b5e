"""Finding, following and reading a hand, with the shipped models and the rendered signer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from streamsign.demo.signer import DemoSigner, luma_of
from streamsign.recognition.frame import Luma
from streamsign.recognition.framing import Framing, guide_square
from streamsign.recognition.geometry import Box, Square
from streamsign.recognition.hand_reader import HandReader, HandReading
from streamsign.recognition.locate import Detection, Locator
from streamsign.recognition.model import load_model
from streamsign.recognition.track import HandChoice
from tests.films import HELD_S

ROOM = np.tile(np.linspace(60, 160, 640).astype(np.uint8), (480, 1))


def held(seed: int = 1, count: int = 6) -> list[NDArray[np.uint8]]:
    """Frames of a held L."""
    signer = DemoSigner("L", seed=seed)
    return [luma_of(signer.render(HELD_S + number / 30)) for number in range(count)]


def follow(reader: HandReader, frames: list[NDArray[np.uint8]], first: int = 0) -> list[HandReading]:
    """Read frames at 30 a second."""
    return [reader.read(luma, (first + number) / 30) for number, luma in enumerate(frames)]


def two_hands(count: int) -> tuple[list[NDArray[np.uint8]], int]:
    """Frames of a held L and of the same to the left of it, and the column between them."""
    alone = follow(HandReader(load_model("celov")), held(count=1))[0].square
    assert alone is not None
    border = round(alone.center_x) - 110
    frames = [np.hstack([np.roll(luma, -220, axis=1)[:, :border], luma[:, border:]]) for luma in held()]
    return [frames[number % len(frames)] for number in range(count)], border


def letter(look: HandReading) -> str:
    """What was read."""
    assert look.probabilities is not None
    return load_model("celov").info.labels[int(look.probabilities.argmax())]


@pytest.fixture
def reader() -> HandReader:
    """With the shipped letters."""
    return HandReader(load_model("celov"))


def test_a_hand_is_found_away_from_the_guide_box() -> None:
    """The rendered hand, shifted by a quarter of the frame, is framed where it went, at its size, and read."""
    offsets = []
    for shift in (0, -150):
        look = follow(HandReader(load_model("celov")), [np.roll(luma, shift, axis=1) for luma in held()])[-1]
        assert look.square is not None
        assert 0.8 < look.square.side / guide_square(640, 480).side < 1.2
        assert letter(look) == "L"
        offsets.append(look.square.center_x)
    assert offsets[1] - offsets[0] == pytest.approx(-150, abs=20)


@pytest.mark.parametrize("name", ["alphabet", "alphabet:int8", "celov", "celov:float16"])
def test_every_shipped_graph_finds_a_hand(name: str) -> None:
    """The small graphs are as certain of a hand as the thresholds of the large one require."""
    assert HandReader(load_model(name)).read(held(count=1)[0], 0.0).square is not None


def test_a_moving_hand_is_followed_without_another_search(reader: HandReader, monkeypatch: pytest.MonkeyPatch) -> None:
    """At three hand sizes a second, the locator runs only in the first frame."""
    follow(reader, held(count=1))
    monkeypatch.setattr("streamsign.recognition.locate.Locator.propose", lambda *_, **__: pytest.fail("searched"))
    looks = follow(reader, [np.roll(luma, -8 * n, axis=1) for n, luma in enumerate(held(count=15))], first=1)
    places = [look.square.center_x for look in looks if look.square is not None]
    assert places[-1] - places[0] == pytest.approx(-8 * 14, abs=25)
    assert letter(looks[-1]) == "L"


def test_a_hand_that_left_is_lost_within_two_frames_and_found_again_at_once(reader: HandReader) -> None:
    """Nothing is read of an empty room; the hand is back in the frame that shows it."""
    frames = [*held(), *[ROOM] * 5, *held(count=1)]
    squares = [look.square is not None for look in follow(reader, frames)]
    assert squares[:6] == [True] * 6
    assert squares[8:11] == [False] * 3
    assert squares[11]


def test_an_empty_room_has_no_square(reader: HandReader) -> None:
    """Nothing is read where no hand is found."""
    assert follow(reader, [ROOM] * 5) == [HandReading()] * 5
    assert reader.find(ROOM) == []


def test_what_the_reading_network_does_not_see_is_no_hand(reader: HandReader, monkeypatch: pytest.MonkeyPatch) -> None:
    """A find of the locator that the reading network denies is not followed."""
    assert reader._search is not None
    monkeypatch.setattr(reader._search, "_threshold", 1.1)
    assert follow(reader, held()) == [HandReading()] * 6


def test_what_is_a_hand_in_one_patch_only_is_none(reader: HandReader, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hand that the network is sure of at first, and denies mirrored, nearer and farther, is not followed."""
    verify = reader._reader.verify

    def denying(*arguments: Any, **named: Any) -> Detection:
        classify = reader._reader._classifier.hand
        with monkeypatch.context() as patched:
            patched.setattr(reader._reader._classifier, "hand", lambda: classify()._replace(presence=0.2))
            return verify(*arguments, **named)

    assert follow(reader, held())[-1].square is not None
    reader.reset()
    monkeypatch.setattr(reader._reader, "verify", denying)
    assert follow(reader, held()) == [HandReading()] * 6


def test_a_new_hand_is_half_where_the_locator_sees_it_from_near(
    reader: HandReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The locator's closer look, moved aside, moves the hand half as far; without it the hand is found as well."""
    look_closer, luma, places = Locator.zoom, held(count=1)[0], []

    def moved(by: float | None) -> Any:
        def look(*arguments: Any, **named: Any) -> Detection | None:
            seen = look_closer(*arguments, **named)
            if seen is None or by is None:
                return None
            box = seen.box
            return Detection(Box(box.x0 + by, box.y0, box.x1 + by, box.y1), seen.score)

        return look

    for by in (0, 40, None):
        monkeypatch.setattr(Locator, "zoom", moved(by))
        (hand,) = reader.find(luma)
        places.append(hand.box)
    assert places[1].x0 - places[0].x0 == pytest.approx(20, abs=0.1)
    assert places[1].x1 - places[0].x1 == pytest.approx(20, abs=0.1)
    assert places[2].iou(places[0]) > 0.7


def test_a_left_hand_is_found_where_a_right_one_is(reader: HandReader) -> None:
    """A frame and its mirror image show the hand in mirrored places: it is looked at both ways round."""
    luma = held(count=1)[0]
    (hand,) = reader.find(luma)
    (mirrored,) = reader.find(np.ascontiguousarray(luma[:, ::-1]))
    width, side = luma.shape[1], hand.box.width
    assert width - mirrored.box.x1 == pytest.approx(hand.box.x0, abs=0.06 * side)
    assert width - mirrored.box.x0 == pytest.approx(hand.box.x1, abs=0.06 * side)


def test_another_choice_of_hand_is_looked_for_anew(reader: HandReader) -> None:
    """Choosing the left of two hands goes over to it."""
    both, _ = two_hands(6)
    reader.follow(HandChoice.LEFT)
    left = follow(reader, both)[-1].square
    reader.follow(HandChoice.RIGHT)
    right = follow(reader, both, first=6)[-1].square
    assert left is not None
    assert right is not None
    assert right.center_x - left.center_x > 100


def test_a_hand_that_left_its_patch_is_taken_up_again_at_once(
    reader: HandReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thing in the old patch that the reading network half takes for the hand, and the locator does not, is left."""
    before, moved = held(), [np.roll(luma, -160, axis=1) for luma in held()]
    old = follow(reader, before)[-1].square
    assert old is not None
    read = reader._reader.read

    def mistaking(luma: Luma, square: Square, **named: Any) -> Any:
        if abs(square.center_x - old.center_x) > 40:
            return read(luma, square, **named)
        mistaken = read(before[-1], square, **named)
        return mistaken._replace(hand=mistaken.hand._replace(score=0.9))

    monkeypatch.setattr(reader._reader, "read", mistaking)
    look = follow(reader, moved, first=6)[0]
    assert look.square is not None
    assert look.square.center_x - old.center_x == pytest.approx(-160, abs=25)
    assert letter(look) == "L"


def test_what_is_doubted_for_long_is_left_for_a_hand_elsewhere(
    reader: HandReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as a change of letters blurs a hand it is kept, however sure the other is; then it is gone over to."""
    both, border = two_hands(26)
    reader.follow(HandChoice.RIGHT)
    follow(reader, both[:6])
    read = reader._reader.read

    def doubting(luma: Luma, square: Square, **named: Any) -> Any:
        reading = read(luma, square, **named)
        if square.center_x < border:
            return reading
        return reading._replace(hand=reading.hand._replace(score=0.6))

    monkeypatch.setattr(reader._reader, "read", doubting)
    places = [look.square.center_x for look in follow(reader, both[6:], first=6) if look.square is not None]
    assert len(places) == 20
    assert min(places[:11]) > border
    assert max(places[14:]) < border


@pytest.mark.parametrize("framing", [Framing.BOX, Framing.FRAME])
def test_a_fixed_square_is_read_whatever_it_shows(framing: Framing) -> None:
    """No hand is looked for, so an empty room is read too, and a picture cannot be searched."""
    fixed = HandReader(load_model("celov"), framing)
    stages: list[str] = []
    look = fixed.read(ROOM, 0.0, on_stage=stages.append)
    assert look.track is None
    assert letter(look) == "none"
    assert stages == ["located", "cropped", "classified"]
    with pytest.raises(ValueError, match=framing):
        fixed.find(ROOM)

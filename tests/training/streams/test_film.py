"""Pictures of planned streams, of a signer made of noise."""

import numpy as np
import pytest

from streamsign.recognition.framing import square_around
from streamsign.recognition.geometry import Box
from streamsign.recognition.patch import cut_patch
from streamsign.recognition.sharpness import focus_measure
from streamsign.training.streams.bursts import Burst, BurstSigner
from streamsign.training.streams.film import Still, StreamFilm, fitted
from streamsign.training.streams.plan import HeldShape, Path, StreamPlan

SIZE = 60


def burst(x: int, seed: int) -> Burst:
    """A grainy hand held at a place."""
    luma = np.full((40, 180, 240), 120, np.uint8)
    luma[:, 60 : 60 + SIZE, x : x + SIZE] = np.random.default_rng(seed).integers(0, 255, (SIZE, SIZE), np.uint8)
    return Burst(luma, [Box(x, 60, x + SIZE, 60 + SIZE)] * 40)


@pytest.fixture
def signer() -> BurstSigner:
    """Two letters at two places of one empty room."""
    return BurstSigner("S01", {"C": burst(40, 1), "O": burst(130, 2)}, SIZE, np.full((180, 240), 120, np.uint8))


def film(signer: BurstSigner, *held: HeldShape, exposure_s: float = 1 / 30) -> StreamFilm:
    """A plan's pictures."""
    return StreamFilm(StreamPlan(held, tuple(np.arange(0, held[-1].end_s, 1 / 30)), exposure_s, ()), signer, {})


def test_held_frames_are_the_signers_own(signer: BurstSigner) -> None:
    """While a letter is held nothing is drawn: the frame is the burst's, and so is its box."""
    shot = film(signer, HeldShape("C", 0, 1), HeldShape("O", 1.2, 2)).shot(0.5)
    assert np.array_equal(shot.luma, signer.bursts["C"].luma[15])
    assert shot.hand == signer.bursts["C"].boxes[15]


def test_the_hand_crosses_blurred_between_letters(signer: BurstSigner) -> None:
    """Half-way the hand is between both places, and far less sharp than when held."""
    shown = film(signer, HeldShape("C", 0, 1), HeldShape("O", 1.2, 2, since_s=1.2))
    held, crossing = shown.shot(0.5), shown.shot(1.1)
    assert held.hand is not None
    assert crossing.hand is not None
    assert 50 < crossing.hand.x0 < 120
    sharpness = [
        focus_measure(cut_patch(shot.luma, square_around(shot.hand))) for shot in (held, crossing) if shot.hand
    ]
    assert sharpness[1] < 0.6 * sharpness[0]


def test_an_absent_hand_leaves_the_room(signer: BurstSigner) -> None:
    """Away, the picture is the person's room and there is no box."""
    shot = film(signer, HeldShape("", 0, 1), HeldShape("C", 1.3, 2, since_s=1.3)).shot(0.5)
    assert shot.hand is None
    assert np.array_equal(shot.luma, signer.plate)


def test_a_slide_ends_aside_and_a_bounce_where_it_began(signer: BurstSigner) -> None:
    """A slid hand is held as far aside as planned; a bouncing one goes down and comes back."""
    slid = film(signer, HeldShape("C", 0, 1), HeldShape("C", 1.2, 2, aside=0.5, move=Path.SLIDE)).shot(1.5).hand
    assert slid is not None
    assert slid.x0 == pytest.approx(40 + 0.5 * SIZE)
    bounced = film(signer, HeldShape("C", 0, 1), HeldShape("C", 1.2, 2, move=Path.BOUNCE, swing=0.4))
    low, back = bounced.shot(1.1).hand, bounced.shot(1.5).hand
    assert low is not None
    assert low.y0 == pytest.approx(60 + 0.4 * SIZE)
    assert back == Box(40, 60, 40 + SIZE, 60 + SIZE)


def test_a_foreign_hand_is_shown_as_large_as_the_signers() -> None:
    """Pictures of other people's shapes are resampled to the signer's size."""
    picture = fitted(Still(np.zeros((50, 40), np.uint8), Box(10, 10, 30, 40)), 60)
    assert picture.luma.shape == (100, 80)
    assert picture.hand == Box(20, 20, 60, 80)

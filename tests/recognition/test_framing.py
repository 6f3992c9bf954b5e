"""What is read of a frame, with the shipped locator on the rendered signer."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.demo.signer import DemoSigner
from streamsign.recognition.crop import Square, guide_square
from streamsign.recognition.framing import Framer, Framing, View


@pytest.mark.parametrize(
    ("framing", "square"), [(Framing.BOX, guide_square(640, 480)), (Framing.FRAME, Square(320, 240, 480))]
)
def test_without_looking_for_a_hand_the_square_is_fixed(framing: Framing, square: Square) -> None:
    """Guide box and whole frame are where the page draws them, whatever is in the picture."""
    assert Framer(framing).view(np.zeros((480, 640), np.uint8), 0.0) == View(square, None)


def test_a_hand_is_found_away_from_the_guide_box() -> None:
    """The rendered hand, shifted by a third of the frame, is framed where it went, at its full resolution."""
    frames = [frame for frame in DemoSigner("L", seed=1) if frame.at_s > 1.3][:6]
    offsets = []
    for shift in (0, -150):
        framer = Framer()
        for frame in frames:
            view = framer.view(np.roll(frame.luma, shift, axis=1), frame.at_s)
        assert view.square is not None
        assert 0.8 < view.square.side / guide_square(640, 480).side < 1.2
        offsets.append(view.square.center_x)
    assert offsets[1] - offsets[0] == pytest.approx(-150, abs=20)


def test_an_empty_room_has_no_square() -> None:
    """Nothing is read where no hand is found."""
    room = np.tile(np.linspace(60, 160, 640).astype(np.uint8), (480, 1))
    framer = Framer()
    assert [framer.view(room, n / 30) for n in range(5)] == [View(None, None)] * 5

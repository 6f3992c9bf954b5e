"""Which part of a frame is read, where that does not depend on the hand."""

from __future__ import annotations

import pytest

from streamsign.recognition.framing import Framing, fixed_square, guide_square
from streamsign.recognition.geometry import Square


@pytest.mark.parametrize(("width", "height"), [(640, 480), (480, 640)])
def test_fixed_squares_lie_in_the_middle(width: int, height: int) -> None:
    """The guide box and the largest square, portrait and landscape; a hand that is looked for has no fixed square."""
    assert fixed_square(Framing.BOX, width, height) == guide_square(width, height)
    assert fixed_square(Framing.FRAME, width, height) == Square(width / 2, height / 2, 480)
    with pytest.raises(ValueError, match="no fixed square"):
        fixed_square(Framing.AUTO, width, height)

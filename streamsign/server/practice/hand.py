"""The rendered hand to copy."""

from __future__ import annotations

from functools import lru_cache

import cv2

from streamsign.demo.signer import DemoSigner
from streamsign.recognition.framing import guide_square

PICTURE_PX = 320


@lru_cache(maxsize=32)
def drawn_hand(letter: str) -> bytes:
    """The demo signer's hand holding a letter, as a PNG of PICTURE_PX × PICTURE_PX."""
    signer = DemoSigner(letter, seed=0)
    held = signer.truth[0]
    picture = signer.render((held.start_s + held.end_s) / 2)
    square = guide_square(signer.width, signer.height)
    side = round(square.side)
    x, y = round(square.center_x - side / 2), round(square.center_y - side / 2)
    cut = cv2.resize(picture[y : y + side, x : x + side], (PICTURE_PX, PICTURE_PX), interpolation=cv2.INTER_AREA)
    return cv2.imencode(".png", cut)[1].tobytes()

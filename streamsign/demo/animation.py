"""The README's animated picture: the demo signer spells a word, and the letters that are read appear beneath.

``python -m streamsign.demo.animation FILE.webp [WORD]`` writes it; ``make picture`` writes the one in docs/img.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.demo.signer import DemoSigner, luma_of
from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.model import load_model
from streamsign.recognition.recognizer import Recognizer

WORD = "CELLO"
MODEL = "celov"
FPS = 10
"""Frames a second of the picture; the recognizer reads three times as many."""
READ_PER_SHOWN = 3
WIDTH, HEIGHT, CAPTION_PX = 640, 480, 96
SHOWN = (480, 432)
"""Size of the picture, which holds the frame and the caption."""
HOLD_S = 1.5
"""How long the finished word stays."""
QUALITY = 70
_INK, _FRESH, _GROUND = (238, 242, 240), (207, 220, 134), (19, 20, 16)


def draw(word: str, *, seed: int = 0) -> list[NDArray[np.uint8]]:
    """Frames of a hand that spells a word, with the letters that were read until then.

    Args:
        word: letters that the demo signer can sign.
        seed: chooses room, light and hand.

    Returns:
        (height, width, 3) uint8 BGR frames of :data:`SHOWN`, FPS a second.

    Raises:
        SourceError: the signer cannot sign the word.
        ModelError: the model cannot be used.
    """
    recognizer = Recognizer(load_model(MODEL))
    signer = DemoSigner(word, seed=seed, fps=FPS * READ_PER_SHOWN, width=WIDTH, height=HEIGHT)
    text, partial = "", ""
    frames = []
    for number in range(signer.frame_count):
        at_s = number / signer.fps
        picture = signer.render(at_s)
        for event in recognizer.feed(luma_of(picture), at_s):
            if isinstance(event, Commit):
                text += event.letter
            elif isinstance(event, Reading):
                partial = event.letter or ""
        if number % READ_PER_SHOWN == 0:
            frames.append(_captioned(picture, text, partial))
    return [*frames, *[frames[-1]] * round(HOLD_S * FPS)]


def _captioned(picture: NDArray[np.uint8], text: str, partial: str) -> NDArray[np.uint8]:
    canvas = np.empty((HEIGHT + CAPTION_PX, WIDTH, 3), np.uint8)
    canvas[:] = _GROUND
    canvas[:HEIGHT] = cv2.GaussianBlur(picture, (0, 0), 1.0)  # sensor noise would fill the file
    place = (24, HEIGHT + 66)
    cv2.putText(canvas, text, place, cv2.FONT_HERSHEY_DUPLEX, 1.8, _INK, 3, cv2.LINE_AA)
    if partial:
        cv2.putText(canvas, partial, (WIDTH - 70, HEIGHT + 66), cv2.FONT_HERSHEY_DUPLEX, 1.8, _FRESH, 3, cv2.LINE_AA)
    return np.asarray(cv2.resize(canvas, SHOWN, interpolation=cv2.INTER_AREA), np.uint8)


def write(path: Path, frames: list[NDArray[np.uint8]]) -> None:
    """Write frames as an animated WebP that repeats without end.

    Raises:
        OSError: the file cannot be written.
    """
    animation = cv2.Animation(0)
    animation.frames = frames
    animation.durations = [round(1000 / FPS)] * len(frames)
    if not cv2.imwriteanimation(str(path), animation, [cv2.IMWRITE_WEBP_QUALITY, QUALITY]):
        raise OSError(f"{path} cannot be written")


if __name__ == "__main__":
    write(Path(sys.argv[1]), draw(*sys.argv[2:3] or [WORD]))

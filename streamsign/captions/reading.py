"""From a frame to timed readings and letters: the path that ``serve`` and ``caption`` share."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import NamedTuple, TypeVar

from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.frame import Frame
from streamsign.recognition.pauses import Pause
from streamsign.recognition.recognizer import Recognizer

Timed = TypeVar("Timed", Commit, Pause)


class FrameResult(NamedTuple):
    """What reading one frame gave.

    Attributes:
        events: from :meth:`~streamsign.recognition.recognizer.Recognizer.feed`.
        stamps: monotonic seconds by field name of :class:`~streamsign.captions.ledger.Ledger`: those of the frame and
            those of the recognizer's stages.
    """

    events: list[Reading | Commit | Pause]
    stamps: dict[str, float]


def read_frame(recognizer: Recognizer, frame: Frame, at_s: float | None = None) -> FrameResult:
    """Read one frame and stamp the stages it passes.

    Args:
        recognizer: the camera's own.
        frame: a frame without the stamp ``decoded_s`` counts as decoded now.
        at_s: its time for the recognizer, seconds; None for ``frame.at_s``.

    Raises:
        ValueError: the frame or its time cannot be read; see :meth:`Recognizer.feed`.
    """
    stamps = dict(frame.stamps)
    stamps.setdefault("decoded_s", time.monotonic())

    def stamp(stage: str) -> None:
        stamps[f"{stage}_s"] = time.monotonic()

    at_s = frame.at_s if at_s is None else at_s
    events = recognizer.feed(frame.luma, at_s, limited_range=frame.limited_range, on_stage=stamp)
    return FrameResult(events, stamps)


def moved(event: Timed, offset_s: float) -> Timed:
    """The same letter or pause with its times on another clock, ``offset_s`` ahead."""
    return replace(event, started_s=event.started_s + offset_s, captured_s=event.captured_s + offset_s)

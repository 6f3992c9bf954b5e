"""Figures of a connection: delays, freezes and broken pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from benchmarks import timecode
from benchmarks.exchange import BROKEN
from benchmarks.report import Row, Subject, Unit, row
from benchmarks.webrtc import Watched

FINAL_S = 2.0
"""Length of the end of a connection in which the delay that remains after a loss is measured, seconds."""

_MS = 1000


@dataclass(slots=True)
class Course:
    """Figures of connections under the same conditions, one element a frame or a connection.

    Attributes:
        delays_ms: drawn → decoded, of every whole frame.
        freezes_ms: longest time without a new frame in a connection, its end included.
        broken: frames without a readable time code.
        final_ms: delays in the last two seconds, which remain after a loss.
    """

    delays_ms: list[float] = field(default_factory=list)
    freezes_ms: list[float] = field(default_factory=list)
    broken: list[float] = field(default_factory=list)
    final_ms: list[float] = field(default_factory=list)

    def add(self, watched: Watched) -> None:
        """Add a connection; one without frames counts as frozen all the time."""
        whole = [(timecode.elapsed_ms(ticks, at_s), at_s) for ticks, at_s in watched.seen if ticks != BROKEN]
        times_s = [watched.began_s, *(at_s for _, at_s in whole), watched.ended_s]
        self.delays_ms += [max(0.0, delay) for delay, _ in whole]
        self.freezes_ms.append(max(_MS * (after - before) for before, after in pairwise(times_s)))
        self.broken.append(len(watched.seen) - len(whole))
        self.final_ms += [max(0.0, delay) for delay, at_s in whole if at_s >= watched.ended_s - FINAL_S]

    def rows(self, case: str, subject: Subject) -> list[Row]:
        """The figures as rows of a report, without delays that have no samples."""
        taken: dict[str, tuple[Unit, list[float]]] = {
            "frame_delay": ("ms", self.delays_ms),
            "final_delay": ("ms", self.final_ms),
            "longest_freeze": ("ms", self.freezes_ms),
            "broken": ("frames", self.broken),
        }
        return [row(f"{case}/{name}", subject, unit, each) for name, (unit, each) in taken.items() if each]

"""What lost packets cost: how late frames are, how long the picture stands still, how many broken pictures are shown.

A real browser sends through :mod:`benchmarks.path`; ours and stock meet the same losses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from benchmarks import timecode
from benchmarks.path import Conditions, NetworkPath
from benchmarks.receiver import BROKEN, RECEIVERS
from benchmarks.report import Report, Row, Subject, Unit, make_report, row
from benchmarks.webrtc import Case, Sender, Watched, browser_path
from streamsign.recognition.model import load_model

LOSSES = (0.0, 0.01, 0.02, 0.05, 0.1)
RTTS_MS = (5, 20, 80)
SHORT_GRID = ((0.02, 20), (0.1, 80))
"""(loss, round trip in ms) measured without ``--full``."""

INCIDENT_RTT_MS = 20

_MEASURED_S = 8.0
_INCIDENT_MEASURED_S = 15.0
"""Stock stands still for seven seconds and more after a packet and its NACK were lost."""

_FINAL_S = 2.0
_MS = 1000

CASE = Case("vp8", 640, 480, 30)
SMALL_CASE = Case("vp8", 320, 240, 15)


@dataclass(slots=True)
class Course:
    """How connections went under the same conditions, one element a frame or a connection.

    Attributes:
        delays_ms: drawn → decoded, of every whole frame.
        freezes_ms: longest time without a new frame in a connection, its end included.
        broken: frames without a readable time code.
        final_ms: delays in the last two seconds: what stays after a loss.
    """

    delays_ms: list[float] = field(default_factory=list)
    freezes_ms: list[float] = field(default_factory=list)
    broken: list[float] = field(default_factory=list)
    final_ms: list[float] = field(default_factory=list)

    def add(self, watched: Watched) -> None:
        """Take a connection in; one that showed nothing stood still all the time."""
        whole = [(timecode.elapsed_ms(ticks, at_s), at_s) for ticks, at_s in watched.seen if ticks != BROKEN]
        times_s = [watched.began_s, *(at_s for _, at_s in whole), watched.ended_s]
        self.delays_ms += [max(0.0, delay) for delay, _ in whole]
        self.freezes_ms.append(max(_MS * (after - before) for before, after in pairwise(times_s)))
        self.broken.append(len(watched.seen) - len(whole))
        self.final_ms += [max(0.0, delay) for delay, at_s in whole if at_s >= watched.ended_s - _FINAL_S]

    def rows(self, case: str, subject: Subject) -> list[Row]:
        """The course as rows of a report; none for delays of which there are no samples."""
        taken: dict[str, tuple[Unit, list[float]]] = {
            "frame_delay": ("ms", self.delays_ms),
            "final_delay": ("ms", self.final_ms),
            "longest_freeze": ("ms", self.freezes_ms),
            "broken": ("frames", self.broken),
        }
        return [row(f"{case}/{name}", subject, unit, each) for name, (unit, each) in taken.items() if each]


def run(*, full: bool, model: str) -> Report:
    """Watch ours and stock under losses.

    Args:
        full: the whole grid of losses and round trips, each with three seeds, and both sizes for the incident.
        model: the model ours reads letters with while it is watched: a name or a model folder.

    Raises:
        ModelError: the model cannot be used.
        StreamsignError: there is no Chromium or no playwright.
    """
    folder = str(load_model(model).folder.resolve())
    browser_path()
    grid = [(loss, rtt_ms) for loss in LOSSES for rtt_ms in RTTS_MS] if full else SHORT_GRID
    seeds = range(1, 4 if full else 2)
    rows: list[Row] = []
    with Sender(folder) as sender:
        for case in (CASE, SMALL_CASE) if full else (CASE,):
            name = f"packet_and_nack_lost/{case.name.partition('/')[2]}"
            conditions = [Conditions(rtt_s=INCIDENT_RTT_MS / _MS)] * len(seeds)
            rows += _compare(sender, case, name, conditions, _INCIDENT_MEASURED_S, NetworkPath.lose_one_and_its_nack)
        for loss, rtt_ms in grid:
            conditions = [Conditions(loss, rtt_ms / _MS, seed) for seed in seeds]
            rows += _compare(sender, CASE, f"loss_{loss:.0%}_rtt_{rtt_ms}", conditions, _MEASURED_S, lambda _: None)
    return make_report("loss", rows)


def _compare(
    sender: Sender,
    case: Case,
    name: str,
    conditions: list[Conditions],
    measured_s: float,
    incident: Callable[[NetworkPath], None],
) -> list[Row]:
    courses: dict[Subject, Course] = {subject: Course() for subject in RECEIVERS}
    for each in conditions:
        for subject, course in courses.items():
            with NetworkPath(each) as path:
                course.add(sender.watch(case, subject, measured_s, path=path, incident=partial(incident, path)))
    return [line for subject, course in courses.items() for line in course.rows(name, subject)]

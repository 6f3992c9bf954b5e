"""Benchmarks packet loss: delays of frames, freezes and broken pictures.

A real browser sends through :mod:`benchmarks.path`, and a modeled one in virtual time (:mod:`benchmarks.loss_model`);
ours and stock have the same losses.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from benchmarks.course import Course
from benchmarks.loss_model import ReceiverModel
from benchmarks.path import Conditions, NetworkPath
from benchmarks.receiver import RECEIVERS
from benchmarks.report import Report, Row, Subject, make_report
from benchmarks.webrtc import Sender, VideoCase, browser_path
from streamsign.recognition.model import load_model

LOSSES = (0.0, 0.01, 0.02, 0.05, 0.1)
RTTS_MS = (5, 20, 80)
SHORT_GRID = ((0.02, 20), (0.1, 80))
"""(loss, round trip in ms) measured without ``--full``."""

INCIDENT = "packet_and_nack_lost"
INCIDENT_RTT_MS = 20

_MEASURED_S = 8.0
_INCIDENT_MEASURED_S = 15.0
"""Duration after the incident; stock freezes for at least seven seconds after a packet and its NACK are lost."""

_MS = 1000

CASE = VideoCase("vp8", 640, 480, 30)
SMALL_CASE = VideoCase("vp8", 320, 240, 15)


def run(*, full: bool, model: str) -> Report:
    """Measure ours and stock under losses.

    Args:
        full: the whole grid of losses and round trips, each with three seeds, and both sizes for the incident.
        model: with which ours reads letters during the measurement: a name or a model folder.

    Raises:
        ModelError: the model cannot be used.
        StreamsignError: Chromium or playwright is not installed.
    """
    folder = str(load_model(model).folder.resolve())
    browser_path()
    grid = [(loss, rtt_ms) for loss in LOSSES for rtt_ms in RTTS_MS]
    seeds = range(1, 4 if full else 2)
    rows = _modeled(grid)
    with Sender(folder) as sender:
        for case in (CASE, SMALL_CASE) if full else (CASE,):
            name = f"{INCIDENT}/{case.name.partition('/')[2]}"
            conditions = [Conditions(rtt_s=INCIDENT_RTT_MS / _MS)] * len(seeds)
            rows += _compare(sender, case, name, conditions, _INCIDENT_MEASURED_S, NetworkPath.lose_one_and_its_nack)
        for loss, rtt_ms in grid if full else SHORT_GRID:
            conditions = [Conditions(loss, rtt_ms / _MS, seed) for seed in seeds]
            rows += _compare(sender, CASE, _name(loss, rtt_ms), conditions, _MEASURED_S, lambda _: None)
    return make_report("loss", rows)


def _name(loss: float, rtt_ms: int) -> str:
    return f"loss_{loss:.0%}_rtt_{rtt_ms}"


def _modeled(grid: list[tuple[float, int]]) -> list[Row]:
    subjects: tuple[Subject, ...] = tuple(RECEIVERS)
    incident = Conditions(rtt_s=INCIDENT_RTT_MS / _MS)
    rows = _rows(f"model/{INCIDENT}", {each: ReceiverModel(each, incident, incident=True).play() for each in subjects})
    for loss, rtt_ms in grid:
        conditions = Conditions(loss, rtt_ms / _MS)
        rows += _rows(
            f"model/{_name(loss, rtt_ms)}", {each: ReceiverModel(each, conditions).play() for each in subjects}
        )
    return rows


def _rows(name: str, courses: dict[Subject, Course]) -> list[Row]:
    """Rows metric by metric, the subjects of each side by side."""
    rows = [line for subject, course in courses.items() for line in course.rows(name, subject)]
    metrics = list(dict.fromkeys(line.case for line in rows))
    return sorted(rows, key=lambda line: metrics.index(line.case))


def _compare(
    sender: Sender,
    case: VideoCase,
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
    return _rows(name, courses)

"""Benchmarks how many streams two worker processes on two cores read in time, over one on one core, in the same run."""

from __future__ import annotations

from benchmarks.capacity import CASES, FULL_STEP_S, MOST, STEP_S, Load, LoadCase, best, search
from benchmarks.cluster import cluster
from benchmarks.cores import cores_of, pinned
from benchmarks.film import encode_film
from benchmarks.report import Report, Row, Subject, make_report, row
from streamsign.errors import StreamsignError
from streamsign.recognition.model import load_model

MOST_WORKERS = 2
SMALL_CASES = CASES[1:]
"""Cases whose senders take little CPU time, so that they may share the workers' cores."""


def run(*, full: bool, model: str, cases: tuple[LoadCase, ...] | None = None, step_s: float | None = None) -> Report:
    """Search the most streams in time of one worker, then of two.

    Args:
        full: longer steps, and 640×480 as well.
        model: the model the workers read with.
        cases: video of the phones; overrides ``full``.
        step_s: duration of a step, seconds; overrides ``full``.

    Raises:
        StreamsignError: fewer than two cores, nats-server is not installed, or a number of workers reads no stream.
    """
    cores, other = cores_of(MOST_WORKERS)
    folder = str(load_model(model).folder.resolve())
    chosen, length_s = cases or (CASES if full else SMALL_CASES), step_s or (FULL_STEP_S if full else STEP_S)
    rows = [each for case in chosen for each in _case(case, folder, cores, other, length_s)]
    where = "on a core of their own" if other is not None else "on the second core, and beside two workers on both"
    return make_report(
        "workers",
        rows,
        remarks=[f"Ours: two workers on two cores; floor: one on one. Phones, gateway and NATS run {where}."],
    )


def _case(case: LoadCase, folder: str, cores: tuple[int, ...], other: int | None, step_s: float) -> list[Row]:
    film = encode_film(case.width, case.height, case.fps, case.bit_rate)
    rows: list[Row] = []
    subjects: tuple[tuple[int, Subject], ...] = ((1, "floor"), (MOST_WORKERS, "ours"))
    for count, subject in subjects:
        spare = cores[count] if count < len(cores) else None  # None: the others share the workers' cores
        rest = spare if other is None else other
        with (
            cluster(
                folder,
                worker_cores=cores[:count],
                gateway_core=rest,
                broker_core=rest,
                max_sessions=2 * MOST,
                max_cpu=1.0,
            ) as under_test,
            pinned(rest),
        ):
            found = best(search(under_test, case, film, step_s))
        rows += _rows(case, subject, found, count)
    return rows


def _rows(case: LoadCase, subject: Subject, found: Load | None, workers: int) -> list[Row]:
    if found is None:
        raise StreamsignError(f"{workers} workers read no stream in time.", "Run it alone on the machine.")
    return [
        row(f"{case.name}/streams", subject, "streams", [found.streams]),
        row(f"{case.name}/packet_to_event", subject, "ms", found.delays_ms),
        row(f"{case.name}/cpu_a_frame", subject, "ms", [found.cpu_ms]),
        row(f"{case.name}/senders_late", subject, "ms", [found.late_ms]),
    ]

"""Whether a worker takes the next camera, so that cameras spread evenly. Pure: time is an argument."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence

from streamsign.cluster.camera_messages import Load
from streamsign.server.http.problems import Problem

FORGET_S = 1.6
"""Time after which a worker that announces nothing counts as gone: three announcements."""


class Placement:
    """Compares a worker's cameras with those of the others.

    A worker takes a camera while it has no more than the least loaded worker that takes cameras: the numbers of two
    workers then differ by one at most, but for offers that are placed at the same moment.

    Args:
        worker: name of this one.
    """

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._others: OrderedDict[str, tuple[Load, float]] = OrderedDict()  # the one heard last at the end
        self._taking: Counter[int] = Counter()  # workers that take cameras, by their cameras: few numbers, all near

    def heard(self, load: Load, now_s: float) -> None:
        """Note what a worker announced, this one included.

        Args:
            load: the announcement.
            now_s: seconds, never decreasing.
        """
        if load.worker != self._worker:
            self._forget(load.worker)
            self._others[load.worker] = load, now_s
            if load.takes:
                self._taking[load.sessions] += 1

    def is_next(self, sessions: int, now_s: float) -> bool:
        """Whether no other worker that takes cameras has fewer.

        Args:
            sessions: cameras of this worker.
            now_s: seconds, never decreasing.
        """
        while self._others:
            worker, (_, heard_s) = next(iter(self._others.items()))
            if now_s - heard_s < FORGET_S:
                break
            self._forget(worker)
        return all(sessions <= others for others in self._taking)

    def _forget(self, worker: str) -> None:
        load, _ = self._others.pop(worker, (None, 0.0))
        if load is not None and load.takes:
            self._taking[load.sessions] -= 1
            if not self._taking[load.sessions]:
                del self._taking[load.sessions]


def no_place(loads: Sequence[Load]) -> Problem:
    """Why no worker takes a camera, with the next step.

    Args:
        loads: of the workers that run.
    """
    headers = {"Retry-After": "1"}
    if not loads:
        return Problem(
            503, "no_worker", "No worker runs.", "Start `streamsign worker`, and check that NATS answers.", headers
        )
    if all(load.draining for load in loads):
        return Problem(503, "draining", "All workers are stopping.", "Start another `streamsign worker`.", headers)
    if any(load.takes for load in loads):  # none was there to be asked: it has ended since
        return no_answer()
    return Problem(
        503,
        "full",
        "The workers have as many cameras as they allow.",
        "Start another `streamsign worker`, stop a camera, or raise --max-sessions.",
        {"Retry-After": "5"},
    )


def least_loaded(loads: Sequence[Load]) -> str:
    """The worker with the fewest cameras that takes one more; empty if none does.

    Args:
        loads: of the workers that run.
    """
    taking = [load for load in loads if load.takes]
    return min(taking, key=lambda load: load.sessions).worker if taking else ""


def no_answer() -> Problem:
    """A worker that takes cameras did not answer the offer."""
    step = "Try again. If it fails again, check that NATS and the workers run."
    return Problem(503, "no_answer", "The worker did not answer the offer.", step, {"Retry-After": "1"})

"""Whether a worker takes the next camera, so that cameras spread evenly. Pure: time is an argument."""

from __future__ import annotations

from streamsign.cluster.camera_messages import Load

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
        self._others: dict[str, tuple[Load, float]] = {}

    def heard(self, load: Load, now_s: float) -> None:
        """Note what a worker announced, this one included.

        Args:
            load: the announcement.
            now_s: seconds, never decreasing.
        """
        if load.worker != self._worker:
            self._others[load.worker] = load, now_s

    def is_next(self, sessions: int, now_s: float) -> bool:
        """Whether no other worker that takes cameras has fewer.

        Args:
            sessions: cameras of this worker.
            now_s: seconds, never decreasing.
        """
        self._others = {name: each for name, each in self._others.items() if now_s - each[1] < FORGET_S}
        return all(sessions <= load.sessions for load, _ in self._others.values() if load.takes)

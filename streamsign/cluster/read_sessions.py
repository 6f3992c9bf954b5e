"""Which sessions workers have read, and until when, so that a camera that connects again continues its word."""

from __future__ import annotations

from collections import OrderedDict

from streamsign.cluster.camera_messages import ListedCamera

MAX_SESSIONS = 4_096
"""Most sessions that are remembered, also after their end. The one listed longest ago is dropped beyond that."""


class ReadSessions:
    """The sessions that workers have listed."""

    def __init__(self) -> None:
        self._listed: OrderedDict[str, ListedCamera] = OrderedDict()

    def heard(self, camera: ListedCamera) -> None:
        """Note what a worker lists."""
        self._listed[camera.session] = camera
        self._listed.move_to_end(camera.session)
        if len(self._listed) > MAX_SESSIONS:
            self._listed.popitem(last=False)

    def continued(self, former: str) -> tuple[str, float | None]:
        """The session that a camera continues, and the capture time of the newest frame of it that is known.

        Args:
            former: session that the camera had before. If it ended before a frame was read, the one before it counts.
        """
        passed: set[str] = set()
        while (camera := self._listed.get(former)) is not None and former not in passed:
            if camera.captured_s:
                return former, camera.captured_s
            if not camera.continues:
                break
            passed.add(former)
            former = camera.continues
        return former, None

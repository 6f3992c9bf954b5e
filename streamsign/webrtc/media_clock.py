"""Media time to our clock: when each frame of one camera was captured. Pure: time is an argument.

The measured capture time (:mod:`~streamsign.webrtc.clock`) is used where it is known. Otherwise the delay is assumed to
be constant: the frame with the least delay of the last seconds is taken to have had none, so an estimated capture time
is late by that least delay and never later than the frame's arrival.
"""

from __future__ import annotations

from collections import deque

from streamsign.webrtc.clock import CaptureTime

WINDOW_S = 10.0
"""The least delay is taken over the last seconds: a longer route or a drifting clock is followed after that."""

MAX_JUMP_S = 5.0
"""How far media time and arrival may part from one frame to the next. Beyond, the sender has restarted its media
clock; a network that delivers 5 s late is reported as stalled before."""


class MediaClock:
    """Maps the media time of one camera's frames to stream time and to capture time.

    Stream time is media time without jumps: it never decreases, and where a sender restarts its media clock it advances
    as much as the arrival did. Filters run on it, because capture times move a little with each estimate.
    """

    def __init__(self) -> None:
        self._shift_s = 0.0
        self._last: tuple[float, float] | None = None
        self._delays: deque[tuple[float, float]] = deque()

    def advance(self, media_s: float, arrived_s: float) -> float:
        """Stream time of the next frame.

        Args:
            media_s: its time on the sender's media clock, seconds.
            arrived_s: when its first packet came, our clock.
        """
        stream_s = media_s + self._shift_s
        if self._last is not None:
            last_s, last_arrived_s = self._last
            step_s = max(0.0, arrived_s - last_arrived_s)
            if abs(stream_s - last_s - step_s) > MAX_JUMP_S:
                stream_s = last_s + step_s
                self._shift_s = stream_s - media_s
                self._delays.clear()
            stream_s = max(stream_s, last_s)
        self._last = stream_s, arrived_s
        return stream_s

    def captured_s(self, stream_s: float, arrived_s: float, measured: CaptureTime | None) -> float:
        """When a frame was captured, our clock; not after its arrival.

        Args:
            stream_s: from :meth:`advance`; frames in order.
            arrived_s: when its first packet came, our clock.
            measured: its capture time by sender report and clock exchange; None where that is not known.
        """
        delay_s = arrived_s - stream_s
        while self._delays and self._delays[-1][1] >= delay_s:
            self._delays.pop()
        self._delays.append((arrived_s, delay_s))
        while self._delays[0][0] < arrived_s - WINDOW_S:
            self._delays.popleft()
        return min(arrived_s, stream_s + self._delays[0][1] if measured is None else measured.at_s)

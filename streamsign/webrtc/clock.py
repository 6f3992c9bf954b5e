"""Clocks of peers: their offset from ours, and when a frame was captured. Pure: time is an argument.

Two steps. If the data for one is missing, the result is None:

1. :class:`PingPong` measures the offset of a peer's clock as NTP does (RFC 5905, section 8): we send a ping, and the
   peer answers with the times on its own clock at which the ping arrived and the pong was sent.
2. :class:`RtpClock` converts RTP timestamps to the sender's clock by the pairs in RTCP sender reports (RFC 3550,
   section 6.4.1), and to our clock with the offset.

Clocks count seconds. Peers count Unix time, as browsers do (``performance.timeOrigin + performance.now()``); ours may
start anywhere.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from dataclasses import dataclass

from streamsign.captions.events import Ping, Pong

KEPT_EXCHANGES = 8
"""Exchanges from which the best one is chosen, as many as in NTP's clock filter (RFC 5905, section 10)."""

DRIFT = 100e-6
"""Greatest drift between two clocks, seconds a second: two crystals of ±50 ppm, usual in phones and computers."""

RESOLUTION_S = 1e-3
"""Resolution of the clock that a browser gives to pages: 1 ms in Safari and Firefox, 0.1 ms in Chrome (W3C High
Resolution Time, section 8.1, does not define it)."""

PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Pauses before the second to sixth ping, which improve the first offset quickly."""

PAUSE_S = 2.0
"""Pause between later pings."""

VIDEO_CLOCK_RATE = 90_000
"""Ticks a second of RTP video timestamps (RFC 3551, section 5)."""

MAX_REPORT_AGE_S = 60.0
"""Frames further from the newest report get no capture time. Reports arrive about every second."""

MAX_REPORT_TRIP_S = 1.0
"""A report is sent when it is written. One that seems to have taken longer was written by another clock than the one
that answers our pings."""

MAX_DISAGREEMENT_S = 0.25
"""Greatest change between the two clocks of a report from one report to the next. Senders that pair the last frame's
timestamp with its sending time are wrong by its encoding and its wait in the pacer."""

_NTP_UNIX_S = 2_208_988_800  # from 1900 to 1970
_PENDING = 8


@dataclass(frozen=True, slots=True)
class Offset:
    """The offset of another clock at a moment.

    Attributes:
        offset_s: the other clock minus ours.
        error_s: the true offset lies within ``offset_s`` ± this, also on asymmetric paths.
        rtt_s: median round trip of the kept exchanges, without the peer's own time.
    """

    offset_s: float
    error_s: float
    rtt_s: float

    def ours(self, theirs_s: float) -> float:
        """Convert a time of the other clock to ours."""
        return theirs_s - self.offset_s


@dataclass(frozen=True, slots=True)
class _Exchange:
    low_s: float
    high_s: float
    rtt_s: float
    sent_s: float

    def bounds(self, now_s: float, drift: float) -> tuple[float, float]:
        wider_s = drift * (now_s - self.sent_s)
        return self.low_s - wider_s, self.high_s + wider_s


class ClockOffset:
    """Estimates the offset of another clock from exchanges of times.

    The ping arrived after it was sent, and the pong too. So the offset of the peer's clock is at most
    ``received - sent`` and at least ``answered - back``. Nothing is assumed about the two parts of the round trip; the
    error is half of it. With age the bounds widen by the drift; the narrowest ones are used.

    Args:
        kept: number of exchanges to choose from.
        drift: greatest drift between the clocks, seconds a second.
        resolution_s: resolution of the peer's clock.
    """

    def __init__(self, *, kept: int = KEPT_EXCHANGES, drift: float = DRIFT, resolution_s: float = RESOLUTION_S) -> None:
        self._kept: deque[_Exchange] = deque(maxlen=kept)
        self._best: _Exchange | None = None
        self._rtt_s = 0.0
        self._drift = drift
        self._resolution_s = resolution_s

    def add(self, sent_s: float, received_s: float, answered_s: float, back_s: float) -> bool:
        """Take in an exchange.

        Exchanges that contradict it are dropped, because one of the clocks was set in between.

        Args:
            sent_s: when the ping was sent, our clock.
            received_s: when it arrived, the peer's clock.
            answered_s: when the pong was sent, the peer's clock.
            back_s: when it arrived, our clock; must not decrease from call to call.

        Returns:
            False, without any change, if the times are impossible: the peer took longer than the round trip, or
            answered before the ping arrived.
        """
        step_s = self._resolution_s
        low_s, high_s = answered_s - step_s - back_s, received_s + step_s - sent_s
        if not (sent_s <= back_s and received_s <= answered_s and low_s <= high_s and math.isfinite(high_s - low_s)):
            return False
        rtt_s = max(0.0, (back_s - sent_s) - (answered_s - received_s))
        new = _Exchange(low_s, high_s, rtt_s, sent_s)
        new_low, new_high = new.bounds(back_s, self._drift)
        agreeing = []
        for old in self._kept:
            low, high = old.bounds(back_s, self._drift)
            if low <= new_high and new_low <= high:
                agreeing.append(old)
        self._kept = deque([*agreeing, new], self._kept.maxlen)
        # All bounds widen alike: the narrowest ones stay the narrowest until the next exchange. Every frame asks.
        widths = ((each.bounds(back_s, self._drift), each) for each in self._kept)
        self._best = min(widths, key=lambda pair: pair[0][1] - pair[0][0])[1]
        trips = sorted(each.rtt_s for each in self._kept)
        self._rtt_s = trips[len(trips) // 2]
        return True

    def estimate(self, now_s: float) -> Offset | None:
        """The offset now, on our clock; None before the first exchange."""
        if self._best is None:
            return None
        low, high = self._best.bounds(now_s, self._drift)
        return Offset((low + high) / 2, (high - low) / 2, self._rtt_s)


class PingPong:
    """The clock exchange. The caller sends a ping, waits ``pause_s``, and sends the next one.

    A pong that belongs to no pending ping is ignored, and lost pings are dropped.

    Args:
        pause_s: pause between later pings. The best exchange is chosen from those of the same time, however many.
    """

    def __init__(self, pause_s: float = PAUSE_S) -> None:
        self.clock = ClockOffset(kept=round(KEPT_EXCHANGES * PAUSE_S / pause_s))
        self._pause_s = pause_s
        self._next = 0
        self._answered = 0
        self._under_way: OrderedDict[int, float] = OrderedDict()

    @property
    def pause_s(self) -> float:
        """Seconds to wait before the next ping."""
        return PAUSES_S[self._answered] if self._answered < len(PAUSES_S) else self._pause_s

    def ping(self, now_s: float) -> Ping:
        """The next ping. Send it immediately."""
        self._next += 1
        self._under_way[self._next] = now_s
        if len(self._under_way) > _PENDING:
            self._under_way.popitem(last=False)
        return Ping(id=self._next)

    def pong(self, pong: Pong, now_s: float) -> bool:
        """Take in an answer; True if it was used."""
        sent_s = self._under_way.pop(pong.id, None)
        if sent_s is None or not self.clock.add(sent_s, pong.received_s, pong.answered_s, now_s):
            return False
        self._answered += 1
        return True

    def estimate(self, now_s: float) -> Offset | None:
        """The offset of the peer's clock now; None before the first pong."""
        return self.clock.estimate(now_s)


@dataclass(frozen=True, slots=True)
class CaptureTime:
    """When a frame was captured, seconds on our clock, with its greatest error ``error_s``.

    The error includes the clock exchange and the drift, not errors in the sender's report.
    """

    at_s: float
    error_s: float


@dataclass(frozen=True, slots=True)
class _Report:
    sender_s: float
    rtp: int
    arrived_s: float


class RtpClock:
    """Converts the RTP timestamps of one SSRC to our clock, with the reports of the media, not of retransmissions.

    After a report that contradicts the previous one there are no capture times until the next report agrees with either
    of them.

    Args:
        clock_rate: RTP ticks a second.
    """

    def __init__(self, clock_rate: int = VIDEO_CLOCK_RATE) -> None:
        self._rate = clock_rate
        self._held: _Report | None = None
        self._doubted: _Report | None = None

    def report(self, ntp_timestamp: int, rtp_timestamp: int, arrived_s: float) -> bool:
        """Take in the sender information of an RTCP sender report.

        Args:
            ntp_timestamp: 64 bits, seconds since 1900 in 32.32 fixed point.
            rtp_timestamp: 32 bits.
            arrived_s: when the report arrived, our clock.

        Returns:
            False if it is not used: the sender has no clock (then RFC 3550 requires 0), the report is not newer than
            the current one, or it contradicts that one.
        """
        if ntp_timestamp == 0:
            return False
        new = _Report(unix_s(ntp_timestamp), rtp_timestamp & 0xFFFFFFFF, arrived_s)
        held = self._held
        if held is None or arrived_s - held.arrived_s > MAX_REPORT_AGE_S:
            self._held, self._doubted = new, None
            return True
        if new.sender_s == held.sender_s and new.rtp == held.rtp:  # received twice, or sent again between two frames
            return False
        if self._follows(held, new) or (self._doubted is not None and self._follows(self._doubted, new)):
            self._held, self._doubted = new, None
            return True
        self._doubted = new
        return False

    def captured(self, rtp_timestamp: int, offset: Offset | None) -> CaptureTime | None:
        """When a frame was captured.

        Args:
            rtp_timestamp: of the frame, 32 bits.
            offset: of the sender's clock, now; None if there was no clock exchange.

        Returns:
            None if the offset or a report is missing, the newest report contradicts the previous one, the report was
            written by another clock than that of the offset, or the frame is too far from it.
        """
        held = self._held
        if held is None or offset is None or self._doubted is not None:
            return None
        trip_s = held.arrived_s - offset.ours(held.sender_s)
        if not -offset.error_s <= trip_s <= MAX_REPORT_TRIP_S + offset.error_s:
            return None
        since_s = signed_difference(rtp_timestamp, held.rtp) / self._rate
        if abs(since_s) > MAX_REPORT_AGE_S:
            return None
        return CaptureTime(offset.ours(held.sender_s + since_s), offset.error_s + DRIFT * abs(since_s))

    def _follows(self, old: _Report, new: _Report) -> bool:
        media_s = signed_difference(new.rtp, old.rtp) / self._rate
        sender_s = new.sender_s - old.sender_s
        return media_s >= 0 and sender_s > 0 and abs(media_s - sender_s) <= MAX_DISAGREEMENT_S


def unix_s(ntp_timestamp: int) -> float:
    """Unix seconds of a 64-bit NTP timestamp; era 0 while its highest bit is set, era 1 after 2036 (RFC 4330, 3)."""
    era_s = 0 if ntp_timestamp >> 63 else 1 << 32
    return era_s - _NTP_UNIX_S + ntp_timestamp / (1 << 32)


def signed_difference(timestamp: int, reference: int) -> int:
    """RTP ticks from one 32-bit timestamp to another across a wrap-around, from -2**31 to 2**31 - 1."""
    return (timestamp - reference + 0x80000000) % 0x1_0000_0000 - 0x80000000

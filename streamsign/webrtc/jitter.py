"""The jitter buffer: takes RTP packets, returns complete frames, NACKs and PLIs. Pure: time is an argument.

A frame is released as soon as its last packet (RTP marker bit) has arrived and the frames that it depends on were
released. Missing packets are requested at once, again after a round trip, then with increasing intervals (NACK, RFC
4585 section 6.2.1). After a while a key frame is requested (PLI, section 6.3.1), and the wait ends with the missing
packets or with a complete key frame. An incomplete frame, or one that depends on a missing one, is never released.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

CAPACITY = 512
"""Packets from the oldest missing one to the newest, as in aiortc: 3 s at 1.8 Mb/s, at most 0.8 MB."""

UNKNOWN_RTT_S = 0.1
"""Round trip until one is measured, as in libwebrtc's NACK requester (nack_requester.cc, kDefaultRtt)."""

_MAX_GAP = 128
"""A longer gap is not requested: aiortc's sender keeps 128 packets (RTP_HISTORY_SIZE), and a key frame is smaller."""

_ASK_AGAIN_MARGIN_S = 0.015
"""Time of a retransmission beyond a round trip: the sender's pacing and both event loops."""

_BACK_OFF = 1.5
_MAX_REQUESTS = 7
"""Seven requests with this back-off span 0.5 s on a local network, 3 s at a round trip of 80 ms."""

_MIN_PATIENCE_S, _PATIENCE_MARGIN_S = 0.1, 0.06
"""A key frame is requested after max(minimum, 2 · round trip + margin): two requests and their answers."""

_PLI_MARGIN_S = 0.15
"""Time of a key frame beyond two round trips: an encoder's next frame at 15 fps, and a larger frame."""

_MAX_PLI_PAUSE_S = 2.0

_SEQUENCE_MOD, _TIMESTAMP_MOD = 1 << 16, 1 << 32


class MediaPacket(NamedTuple):
    """An RTP packet as the buffer sees it.

    Attributes:
        sequence_number: 16 bits.
        timestamp: RTP timestamp, 32 bits; the same for all packets of a frame.
        marker: the RTP marker bit: the last packet of its frame.
        begins: it says by itself that a frame begins in it. What stands before it in its frame has the last word.
        key: a key frame begins in it, or one of its slices.
        payload_type: names the codec.
        payload: codec bytes, RTP payload header removed; empty for padding.
        first_slice: whether the slice that begins in it is its frame's first; None when none begins, and for VP8.
    """

    sequence_number: int
    timestamp: int
    marker: bool
    begins: bool
    key: bool
    payload_type: int
    payload: bytes
    first_slice: bool | None = None


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """A complete frame, to be decoded after the one that was released before it.

    Attributes:
        data: codec bytes.
        timestamp: RTP timestamp, unwrapped: it continues past 2³².
        key: it depends on no earlier frame.
        payload_type: names the codec.
        first_packet_s: when its first packet arrived, monotonic seconds.
        complete_s: when it and all frames that it depends on were complete.
    """

    data: bytes
    timestamp: int
    key: bool
    payload_type: int
    first_packet_s: float
    complete_s: float


@dataclass(slots=True)
class Outcome:
    """Frames to decode in this order, sequence numbers to NACK (rising), and whether to send a PLI."""

    frames: list[EncodedFrame] = field(default_factory=list)
    nack: list[int] = field(default_factory=list)
    pli: bool = False


@dataclass(slots=True)
class JitterStatistics:
    """Counts up to now.

    Attributes:
        frames: frames released.
        missed: packets found missing, including late ones.
        recovered: missing packets that arrived in time.
        nacks, plis: packets requested (each request counts), key frames requested.
        discarded: packets dropped because a newer key frame replaced them or the buffer was full.
    """

    frames: int = 0
    missed: int = 0
    recovered: int = 0
    nacks: int = 0
    plis: int = 0
    discarded: int = 0


@dataclass(slots=True)
class _Missing:
    noticed_s: float
    ask_s: float
    asks: int = 0


class JitterBuffer:
    """The buffer of one video stream. Sequence numbers are unwrapped inside: they continue past 65535.

    Attributes:
        rtt_s: round trip to the sender in seconds; set it when it is measured.
    """

    def __init__(self, rtt_s: float = UNKNOWN_RTT_S) -> None:
        self.rtt_s = rtt_s
        self._statistics = JitterStatistics()
        self._timestamp: int | None = None
        self._last_pli_s = -float("inf")
        self._plis_in_vain = 0
        self._restart()

    def add(self, packet: MediaPacket, now_s: float) -> Outcome:
        """Take a packet that arrived at ``now_s`` (monotonic seconds)."""
        sequence = self._place(packet, now_s)
        if sequence is None:
            return self.poll(now_s)
        self._packets[sequence] = packet
        self._arrived_s[sequence] = now_s
        if packet.key:
            self._keys.add(sequence)
        if self._goes_on(sequence, packet):
            return self.poll(now_s)
        frames = self._release(now_s)
        outcome = self.poll(now_s)
        outcome.frames = frames
        return outcome

    def poll(self, now_s: float) -> Outcome:
        """Request what is due. Call it at :meth:`next_s`."""
        if self._synced and not self._missing:
            return Outcome()
        return Outcome([], self._due_nacks(now_s), self._due_pli(now_s))

    def next_s(self) -> float | None:
        """When to :meth:`poll` if no packet arrives before; None if nothing is due."""
        if self._synced and not self._missing:
            return None
        times = [missing.ask_s for missing in self._missing.values() if missing.asks < _MAX_REQUESTS]
        pli_s = self._pli_s()
        return min([*times, pli_s] if pli_s is not None else times, default=None)

    def lose_picture(self, now_s: float) -> Outcome:
        """Request a key frame, because the decoder failed and nothing else can follow."""
        self._synced = False
        return self.poll(now_s)

    def statistics(self) -> JitterStatistics:
        """Counts up to now."""
        return self._statistics

    def __len__(self) -> int:
        return len(self._packets)

    def _restart(self) -> None:
        self._packets: dict[int, MediaPacket] = {}
        self._arrived_s: dict[int, float] = {}
        self._missing: dict[int, _Missing] = {}
        self._keys: set[int] = set()
        self._head = 0  # the oldest packet that is still needed
        self._boundary: int | None = None  # where a frame is known to begin, because the previous one was released
        self._highest: int | None = None
        self._stray: int | None = None  # what would follow a packet from far outside the window
        self._synced = False  # the frame at the head may be released: all frames that it depends on were

    def _place(self, packet: MediaPacket, now_s: float) -> int | None:
        """Unwrapped sequence number of a packet that is needed, else None. Notes packets that are missing before it."""
        if self._highest is None:
            self._highest = self._head = packet.sequence_number
            return self._head
        ahead = _signed(packet.sequence_number - self._highest, _SEQUENCE_MOD)
        if abs(ahead) >= CAPACITY:
            # RFC 3550 appendix A.1: one stray packet is ignored, two in sequence mean that the sender restarted.
            begins_anew = packet.sequence_number == self._stray
            self._stray = (packet.sequence_number + 1) % _SEQUENCE_MOD
            if not begins_anew:
                return None
            self._statistics.discarded += len(self._packets)
            self._restart()
            return self._place(packet, now_s)
        self._stray = None
        sequence = self._highest + ahead
        if sequence in self._packets:
            return None
        if sequence < self._head:
            if self._boundary is not None or self._highest - sequence >= CAPACITY:
                return None
            self._note_missing(range(sequence + 1, self._head), now_s)  # the very first packets arrived out of order
            self._head = sequence
        elif ahead > 0:
            if ahead > _MAX_GAP:
                self._discard_before(sequence)
            elif ahead > 1:
                self._note_missing(range(self._highest + 1, sequence), now_s)
            self._highest = sequence
            if sequence - self._head >= CAPACITY:
                self._discard_before(sequence - CAPACITY + 1)
        elif self._missing.pop(sequence, None) is not None:
            self._statistics.recovered += 1
        return sequence

    def _note_missing(self, sequences: range, now_s: float) -> None:
        self._statistics.missed += len(sequences)
        for sequence in sequences:
            self._missing[sequence] = _Missing(noticed_s=now_s, ask_s=now_s)

    def _goes_on(self, sequence: int, packet: MediaPacket) -> bool:
        """Whether a packet is the newest one, inside a frame and not its last one: it completes no frame."""
        if packet.marker or sequence != self._highest or not packet.payload:
            return False
        before = self._packets.get(sequence - 1)
        return before is not None and before.timestamp == packet.timestamp and not before.marker

    def _release(self, now_s: float) -> list[EncodedFrame]:
        frames: list[EncodedFrame] = []
        while True:
            while self._head in self._packets and not self._packets[self._head].payload:
                self._forget_before(self._head + 1)  # padding between frames
            start, end = self._head, self._frame_end(self._head) if self._synced else None
            if end is None:
                # The frame at the head cannot be decoded. A later complete key frame is newer and depends on nothing.
                found = self._newest_key_frame()
                if found is None:
                    return frames
                start, end = found
                self._discard_before(start)
            frames.append(self._join(start, end, now_s))
            self._forget_before(end)
            self._boundary = end
            self._synced = True
            self._plis_in_vain = 0

    def _frame_end(self, start: int) -> int | None:
        """One past the last packet of the frame that begins at ``start``; None while it is incomplete."""
        sequence = start
        while (packet := self._packets.get(sequence)) is not None:
            # A sender that sets no marker ends a frame by beginning the next one.
            if packet.timestamp != self._packets[start].timestamp:
                return sequence
            sequence += 1
            if packet.marker:
                return sequence
        return None

    def _newest_key_frame(self) -> tuple[int, int] | None:
        """First packet and one past the last of the newest complete key frame."""
        for key in sorted(self._keys, reverse=True):
            start = self._frame_start(key)
            if start is not None and (end := self._frame_end(start)) is not None:
                return start, end
        return None

    def _frame_start(self, sequence: int) -> int | None:
        """First packet of the frame that a packet is in; None while that is missing."""
        timestamp = self._packets[sequence].timestamp
        while sequence != self._boundary:
            before = self._packets.get(sequence - 1)
            if before is None or before.marker or before.timestamp != timestamp:
                break
            sequence -= 1
        return sequence if self._begins_frame(sequence) else None

    def _begins_frame(self, sequence: int) -> bool:
        packet, before = self._packets[sequence], self._packets.get(sequence - 1)
        if sequence == self._boundary:
            return True
        if before is not None:
            return before.marker or before.timestamp != packet.timestamp
        return packet.begins and not self._is_later_slice(sequence)

    def _is_later_slice(self, sequence: int) -> bool:
        """Whether what follows a packet in its frame is not the frame's first slice (repeated parameter sets)."""
        timestamp = self._packets[sequence].timestamp
        while (packet := self._packets.get(sequence)) is not None and packet.timestamp == timestamp:
            if packet.first_slice is not None:
                return not packet.first_slice
            sequence += 1
        return False

    def _join(self, start: int, end: int, now_s: float) -> EncodedFrame:
        packets = [self._packets[sequence] for sequence in range(start, end)]
        first = packets[0]
        if self._timestamp is None:
            self._timestamp = first.timestamp
        self._timestamp += _signed(first.timestamp - self._timestamp, _TIMESTAMP_MOD)
        self._statistics.frames += 1
        return EncodedFrame(
            data=b"".join([packet.payload for packet in packets]),
            timestamp=self._timestamp,
            key=any(packet.key for packet in packets),
            payload_type=first.payload_type,
            first_packet_s=min(self._arrived_s[sequence] for sequence in range(start, end)),
            complete_s=now_s,
        )

    def _discard_before(self, sequence: int) -> None:
        """Drop everything before a packet. The next frame must be a key frame."""
        self._statistics.discarded += sum(each < sequence for each in self._packets)
        self._forget_before(sequence)
        self._synced = False

    def _forget_before(self, sequence: int) -> None:
        for each in range(self._head, min(sequence, self._head + CAPACITY)):
            self._arrived_s.pop(each, None)
            self._packets.pop(each, None)
            self._missing.pop(each, None)
            self._keys.discard(each)
        self._head = sequence

    def _due_nacks(self, now_s: float) -> list[int]:
        due = []
        for sequence, missing in self._missing.items():
            wait_s = (self.rtt_s + _ASK_AGAIN_MARGIN_S) * _BACK_OFF**missing.asks
            if missing.asks < _MAX_REQUESTS and missing.ask_s <= now_s:
                due.append(sequence)
                missing.asks += 1
                missing.ask_s = now_s + wait_s
        self._statistics.nacks += len(due)
        return [sequence % _SEQUENCE_MOD for sequence in sorted(due)]

    def _due_pli(self, now_s: float) -> bool:
        due_s = self._pli_s()
        if due_s is None or now_s < due_s:
            return False
        self._last_pli_s = now_s
        self._plis_in_vain += 1
        self._statistics.plis += 1
        return True

    def _pli_s(self) -> float | None:
        """When a key frame is to be requested; None if none is needed."""
        if self._highest is None:
            return None
        if self._synced:
            if not self._missing:
                return None
            waits_since_s = self._missing[min(self._missing)].noticed_s
        else:
            # Only a key frame that has begun to arrive is waited for.
            waits_since_s = max((self._arrived_s[each] for each in self._keys), default=-float("inf"))
        patience_s = max(_MIN_PATIENCE_S, 2 * self.rtt_s + _PATIENCE_MARGIN_S)
        pause_s = (2 * self.rtt_s + _PLI_MARGIN_S) * _BACK_OFF ** max(0, self._plis_in_vain - 1)
        return max(waits_since_s + patience_s, self._last_pli_s + min(pause_s, _MAX_PLI_PAUSE_S))


def _signed(difference: int, modulus: int) -> int:
    """The difference of two wrapping counters, in [-modulus/2, modulus/2)."""
    return (difference + modulus // 2) % modulus - modulus // 2

"""The same losses in virtual time: our jitter buffer and aiortc's, a modeled camera, no network and no codec.

It measures only the buffers with their NACKs and PLIs, with the same result on every machine. The camera sends 30
frames a second of 2 to 4 packets, key frames of 12 (640×480 at about 1 Mb/s). It answers a NACK at once and a PLI with
its next frame.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from typing import Any, Protocol

from aiortc.jitterbuffer import JitterBuffer as StockBuffer
from aiortc.rtcrtpreceiver import NackGenerator
from aiortc.rtp import RtpPacket

from benchmarks.course import FINAL_S, Course
from benchmarks.path import Conditions
from benchmarks.report import Subject
from streamsign.webrtc.jitter import JitterBuffer, MediaPacket, Outcome

FPS = 30
PICTURE_PACKETS, KEY_PACKETS = (2, 4), 12
PACKET_GAP_S = 0.0005
"""Between the packets of a frame: 1200 bytes at 20 Mb/s."""

WATCHED_S = 60.0
INCIDENT_FRAME = 60

_TICKS = 90_000 // FPS
_MS = 1000


class _Buffer(Protocol):
    def add(self, packet: MediaPacket, now_s: float) -> tuple[list[bytes], Outcome]: ...
    def poll(self, now_s: float) -> Outcome: ...
    def next_s(self) -> float | None: ...


class _Ours:
    def __init__(self, rtt_s: float) -> None:
        self._buffer = JitterBuffer(rtt_s)
        self.poll, self.next_s = self._buffer.poll, self._buffer.next_s

    def add(self, packet: MediaPacket, now_s: float) -> tuple[list[bytes], Outcome]:
        outcome = self._buffer.add(packet, now_s)
        return [frame.data for frame in outcome.frames], outcome


class _Stock:
    """Handling of a packet by RTCRtpReceiver (aiortc 1.16, rtcrtpreceiver.py, _handle_rtp_packet)."""

    def __init__(self) -> None:
        self._nacks = NackGenerator()
        self._buffer = StockBuffer(capacity=512, is_video=True)

    def add(self, packet: MediaPacket, now_s: float) -> tuple[list[bytes], Outcome]:
        rtp = RtpPacket(97, int(packet.marker), packet.sequence_number, packet.timestamp, 1, packet.payload)
        rtp._data = packet.payload
        outcome = Outcome()
        if self._nacks.add(rtp):
            outcome.nack = sorted(self._nacks.missing)
        outcome.pli, frame = self._buffer.add(rtp)
        return [frame.data] if frame is not None else [], outcome

    def poll(self, now_s: float) -> Outcome:
        return Outcome()

    def next_s(self) -> float | None:
        return None


class ReceiverModel:
    """One connection in virtual time.

    Args:
        subject: ours or stock.
        conditions: of the path.
        incident: whether one packet and the first NACK for it are lost.
    """

    def __init__(self, subject: Subject, conditions: Conditions, *, incident: bool = False) -> None:
        self._buffer: _Buffer = _Ours(conditions.rtt_s) if subject == "ours" else _Stock()
        self._conditions = conditions
        self._incident = incident
        self._dice = {
            kind: random.Random(f"{conditions.seed}/{kind}") for kind in ("media", "again", "feedback", "size")
        }
        self._nack_to_lose = False
        self._key_wanted = True
        self._frames: list[tuple[float, bytes, bool]] = []  # captured at, content, key frame
        self._sent: dict[int, MediaPacket] = {}
        self._sequence = 65_000
        self._shown: list[tuple[int, float, bool]] = []  # frame, at, intact
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._order = itertools.count()
        self._now_s = 0.0

    def play(self) -> Course:
        """Run it for :data:`WATCHED_S` virtual seconds; return its figures."""
        seconds = WATCHED_S
        self._after(0.0, self._film)
        while self._events and self._events[0][0] <= seconds:
            self._now_s, _, event, arguments = heapq.heappop(self._events)
            event(*arguments)
        intact = [(at_s - self._frames[number][0], at_s) for number, at_s, whole in self._shown if whole]
        times_s = [0.0, *(at_s for _, at_s in intact), seconds]
        return Course(
            delays_ms=[_MS * delay_s for delay_s, _ in intact],
            freezes_ms=[_MS * max(after - before for before, after in itertools.pairwise(times_s))],
            broken=[float(len(self._shown) - len(intact))],
            final_ms=[_MS * delay_s for delay_s, at_s in intact if at_s >= seconds - FINAL_S],
        )

    def _after(self, delay_s: float, event: Callable[..., None], *arguments: Any) -> None:
        heapq.heappush(self._events, (self._now_s + delay_s, next(self._order), event, arguments))

    def _lost(self, kind: str) -> bool:
        return self._dice[kind].random() < self._conditions.loss

    def _film(self) -> None:
        number, key = len(self._frames), self._key_wanted
        self._key_wanted = False
        count = self._dice["size"].randint(*PICTURE_PACKETS)
        payloads = [f"{number}.{place};".encode() for place in range(KEY_PACKETS if key else count)]
        self._frames.append((self._now_s, b"".join(payloads), key))
        for place, payload in enumerate(payloads):
            sequence = self._sequence % 65_536
            self._sequence += 1
            first, last = place == 0, place == len(payloads) - 1
            packet = MediaPacket(sequence, number * _TICKS, last, first, key and first, 97, payload)
            self._sent[sequence] = packet
            lost = self._lost("media")
            if self._incident and number == INCIDENT_FRAME and first:
                lost = self._nack_to_lose = True
            if not lost:
                self._after(place * PACKET_GAP_S + self._conditions.rtt_s / 2, self._arrive, packet)
        self._after(1 / FPS, self._film)

    def _arrive(self, packet: MediaPacket) -> None:
        contents, outcome = self._buffer.add(packet, self._now_s)
        for content in contents:
            number = int(content.partition(b".")[0])
            _, whole, key = self._frames[number]
            follows = key or (bool(self._shown) and self._shown[-1][0] == number - 1 and self._shown[-1][2])
            self._shown.append((number, self._now_s, content == whole and follows))
        self._carry_out(outcome)

    def _carry_out(self, outcome: Outcome) -> None:
        if outcome.nack and not self._lost("feedback"):
            if not self._nack_to_lose:
                self._after(self._conditions.rtt_s / 2, self._send_again, outcome.nack)
            self._nack_to_lose = False
        if outcome.pli and not self._lost("feedback"):
            self._after(self._conditions.rtt_s / 2, self._want_key)
        due_s = self._buffer.next_s()
        if due_s is not None:
            self._after(max(0.0, due_s - self._now_s), self._ring, due_s)

    def _send_again(self, sequences: list[int]) -> None:
        for sequence in sequences:
            if not self._lost("again"):
                self._after(self._conditions.rtt_s / 2, self._arrive, self._sent[sequence])

    def _want_key(self) -> None:
        self._key_wanted = True

    def _ring(self, due_s: float) -> None:
        if self._buffer.next_s() == due_s:  # not overtaken by a packet
            self._carry_out(self._buffer.poll(self._now_s))

"""The jitter buffer, in virtual time."""

from __future__ import annotations

from collections import deque
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from streamsign.webrtc.jitter import CAPACITY, EncodedFrame, JitterBuffer, MediaPacket, Outcome

TICKS = 3000
"""RTP ticks between frames at 30 fps."""


class Camera:
    """Makes frames whose content says which frame and packet it is.

    Args:
        sequence: of the first packet, 16 bits.
        timestamp: of the first frame, 32 bits.
        says_begin: whether the first packet of each frame is marked (VP8), or only that of a key frame (H.264).
        sets_marker: whether the last packet of a frame is marked.
    """

    def __init__(
        self, sequence: int = 0, timestamp: int = 0, *, says_begin: bool = True, sets_marker: bool = True
    ) -> None:
        self.sequence, self.timestamp = sequence, timestamp
        self.says_begin, self.sets_marker = says_begin, sets_marker
        self.frames: list[bytes] = []
        self.keys: set[int] = set()

    def frame(self, size: int, *, key: bool = False) -> list[MediaPacket]:
        """The packets of the next frame."""
        number = len(self.frames)
        payloads = [f"<{number}.{place}>".encode() for place in range(size)]
        self.frames.append(b"".join(payloads))
        if key or number == 0:
            self.keys.add(number)
        packets = []
        for place, payload in enumerate(payloads):
            # H.264 begins a key frame with its parameter sets, and the picture itself in the next packet.
            is_key = place < (1 if self.says_begin else 2) and number in self.keys
            marker = self.sets_marker and place == size - 1
            begins = place == 0 and (self.says_begin or is_key)
            packets.append(MediaPacket(self.sequence, self.timestamp, marker, begins, is_key, 97, payload))
            self.sequence = (self.sequence + 1) % 65536
        self.timestamp = (self.timestamp + TICKS) % (1 << 32)
        return packets

    def padding(self) -> MediaPacket:
        """A packet that carries nothing; as libwebrtc sends it, with the last frame's timestamp."""
        packet = MediaPacket(self.sequence, (self.timestamp - TICKS) % (1 << 32), False, False, False, 97, b"")
        self.sequence = (self.sequence + 1) % 65536
        return packet

    def number(self, frame: EncodedFrame) -> int:
        """Which frame it is; fails when it is none."""
        return self.frames.index(frame.data)


def feed(buffer: JitterBuffer, packets: list[MediaPacket], now_s: float = 0.0) -> list[Outcome]:
    """Outcomes of packets that come at once."""
    return [buffer.add(packet, now_s) for packet in packets]


def given_out(outcomes: list[Outcome]) -> list[bytes]:
    """The frames in them."""
    return [frame.data for outcome in outcomes for frame in outcome.frames]


@pytest.mark.parametrize("size", [1, 2, 7])
def test_a_frame_leaves_with_its_marker(size: int) -> None:
    """The packet with the marker brings the frame out, without a packet of the next one."""
    camera, buffer = Camera(), JitterBuffer()
    outcomes = feed(buffer, camera.frame(size))
    assert given_out(outcomes[:-1]) == []
    assert given_out(outcomes[-1:]) == camera.frames
    assert buffer.next_s() is None


def test_a_sender_without_markers_is_understood() -> None:
    """Without a marker the next frame's first packet ends a frame."""
    camera, buffer = Camera(sets_marker=False), JitterBuffer()
    assert given_out(feed(buffer, camera.frame(2))) == []
    assert given_out(feed(buffer, camera.frame(1))) == camera.frames[:1]


def test_the_times_of_a_frame_are_told() -> None:
    """A frame says when its first packet first came and when it was whole, and its timestamp runs on past 2³²."""
    camera, buffer = Camera(timestamp=(1 << 32) - TICKS), JitterBuffer()
    first, second = camera.frame(2)
    buffer.add(first, 1.0)
    buffer.add(first, 1.2)
    (frame,) = buffer.add(second, 1.5).frames
    assert (frame.first_packet_s, frame.complete_s) == (1.0, 1.5)
    (later,) = feed(buffer, camera.frame(1), 2.0)[0].frames
    assert later.timestamp - frame.timestamp == TICKS


def test_a_reordered_packet_completes_its_frame() -> None:
    """Packets out of order are asked for, but their frame is right once they come."""
    camera, buffer = Camera(sequence=65534), JitterBuffer()
    a, b, c, d = camera.frame(4)
    outcomes = feed(buffer, [a, c, d, b])
    assert given_out(outcomes) == camera.frames
    assert [outcome.nack for outcome in outcomes] == [[], [65535], [], []]
    assert buffer.statistics().recovered == 1


def test_the_very_first_packets_may_come_out_of_order() -> None:
    """A stream whose second packet comes first is read from its first on."""
    camera, buffer = Camera(sequence=65535), JitterBuffer()
    first, second, third = camera.frame(3)
    outcomes = feed(buffer, [third, first, second])
    assert outcomes[1].nack == [second.sequence_number]
    assert given_out(outcomes) == camera.frames


def test_a_burst_brings_two_frames_with_one_packet() -> None:
    """The packet that was missing brings out all frames it held back, in their order."""
    camera, buffer = Camera(), JitterBuffer()
    feed(buffer, camera.frame(1))
    lost, *rest = camera.frame(2)
    feed(buffer, [*rest, *camera.frame(3), *camera.frame(1)])
    assert given_out([buffer.add(lost, 0.1)]) == camera.frames[1:]
    assert len(buffer) == 0


def test_a_lost_marker_packet_is_noticed_by_the_next_frame() -> None:
    """A frame whose last packet is lost waits for it; the next frame shows that it is missing."""
    camera, buffer = Camera(), JitterBuffer()
    feed(buffer, camera.frame(1))
    *rest, last = camera.frame(3)
    outcomes = feed(buffer, [*rest, *camera.frame(1)])
    assert given_out(outcomes) == []
    assert outcomes[-1].nack == [last.sequence_number]
    assert given_out([buffer.add(last, 0.1)]) == camera.frames[1:]


def test_a_lost_first_packet_never_makes_a_frame() -> None:
    """A frame whose first packet is lost is not given out, whatever else comes, until that packet does."""
    camera, buffer = Camera(says_begin=False), JitterBuffer()
    feed(buffer, camera.frame(1))
    first, *rest = camera.frame(3)
    assert given_out(feed(buffer, [*rest, *camera.frame(2)])) == []
    assert given_out([buffer.add(first, 0.1)]) == camera.frames[1:]


def test_a_stream_joined_in_its_middle_begins_at_a_key_frame() -> None:
    """Frames before the first whole key frame are not given out; a key frame is asked for at once."""
    camera, buffer = Camera(), JitterBuffer()
    camera.frame(3)
    outcomes = feed(buffer, [*camera.frame(2), *camera.frame(1)])
    assert outcomes[0].pli
    assert not any(outcome.pli for outcome in outcomes[1:])
    assert given_out(outcomes) == []
    assert given_out(feed(buffer, camera.frame(2, key=True))) == camera.frames[-1:]


def test_a_missing_packet_is_asked_for_ever_more_slowly() -> None:
    """NACKs begin at once, come again after a round trip, then after ever longer pauses, and end."""
    camera, buffer = Camera(), JitterBuffer(rtt_s=0.02)
    feed(buffer, camera.frame(1))
    _, *rest = camera.frame(2)
    assert buffer.add(rest[0], 0.0).nack == [1]
    asked = [0.0]
    while (due_s := buffer.next_s()) is not None and due_s < 5:
        if buffer.poll(due_s).nack:
            asked.append(due_s)
    pauses = [after - before for before, after in pairwise(asked)]
    assert pauses[0] == pytest.approx(0.035)
    assert all(after == pytest.approx(1.5 * before) for before, after in pairwise(pauses))
    assert len(asked) == 7


@pytest.mark.parametrize(("rtt_s", "patience_s"), [(0.001, 0.1), (0.02, 0.1), (0.08, 0.22), (0.1, 0.26)])
def test_patience_grows_with_the_round_trip(rtt_s: float, patience_s: float) -> None:
    """A key frame is asked for when two asks and their answers should have been over."""
    camera, buffer = Camera(), JitterBuffer(rtt_s)
    feed(buffer, camera.frame(1))
    camera.frame(1)
    assert not feed(buffer, camera.frame(1), 1.0)[0].pli
    assert not buffer.poll(1.0 + patience_s - 0.001).pli
    assert buffer.poll(1.0 + patience_s + 0.001).pli
    assert not buffer.poll(1.0 + patience_s + 0.002).pli


def test_a_whole_key_frame_ends_the_wait() -> None:
    """After a loss nothing but a whole key frame is given out, and it does not wait for what is missing before it."""
    camera, buffer = Camera(), JitterBuffer()
    feed(buffer, camera.frame(1))
    lost = camera.frame(1)
    assert given_out(feed(buffer, camera.frame(2))) == []
    outcomes = feed(buffer, [*camera.frame(3, key=True), *camera.frame(1)])
    assert given_out(outcomes) == camera.frames[3:]
    assert given_out(feed(buffer, lost)) == []
    assert buffer.next_s() is None
    assert buffer.statistics().discarded == 2


def test_a_broken_decoder_gets_a_key_frame_next() -> None:
    """After a decoding error frames are held until a key frame, which is asked for at once."""
    camera, buffer = Camera(), JitterBuffer()
    feed(buffer, camera.frame(1))
    assert buffer.lose_picture(1.0).pli
    assert given_out(feed(buffer, camera.frame(1), 1.0)) == []
    assert given_out(feed(buffer, camera.frame(1, key=True), 1.0)) == camera.frames[2:]


def test_padding_is_passed_over() -> None:
    """Packets without content neither hold a frame back nor make one."""
    camera, buffer = Camera(), JitterBuffer()
    packets = [*camera.frame(2), camera.padding(), camera.padding(), *camera.frame(1)]
    assert given_out(feed(buffer, packets)) == camera.frames


def test_an_outage_is_not_asked_for_packet_by_packet() -> None:
    """A gap longer than senders remember asks for a key frame only."""
    camera, buffer = Camera(), JitterBuffer()
    feed(buffer, camera.frame(1))
    camera.frame(200)
    (outcome,) = feed(buffer, camera.frame(1), 10.0)
    assert outcome.pli
    assert outcome.nack == []


def test_what_is_held_back_is_bounded() -> None:
    """Behind a packet that never comes no more than the capacity is held, and a key frame still gets through."""
    camera, buffer = Camera(), JitterBuffer()
    feed(buffer, camera.frame(1))
    camera.frame(1)
    for _ in range(3 * CAPACITY):
        feed(buffer, camera.frame(1))
        assert len(buffer) <= CAPACITY
    assert given_out(feed(buffer, camera.frame(3, key=True))) == camera.frames[-1:]
    assert len(buffer) == 0


def test_a_key_frame_without_its_beginning_is_not_one() -> None:
    """A picture whose parameter sets are lost is not given out before they come (H.264)."""
    camera, buffer = Camera(says_begin=False), JitterBuffer()
    sets, *picture = camera.frame(3)
    assert given_out(feed(buffer, picture)) == []
    assert given_out(feed(buffer, [sets])) == camera.frames


def test_a_stray_packet_changes_nothing_and_a_sender_may_begin_anew() -> None:
    """One packet from far away is ignored, two in sequence are a sender that restarted (RFC 3550, appendix A.1)."""
    camera, buffer = Camera(), JitterBuffer()
    feed(buffer, camera.frame(1))
    other = Camera(sequence=30_000)
    first, second, third = other.frame(1), other.frame(1, key=True), other.frame(1)
    assert given_out(feed(buffer, first)) == []
    assert given_out(feed(buffer, camera.frame(1))) == camera.frames[1:]
    assert given_out(feed(buffer, [*first, *second, *third])) == other.frames[1:]


@given(
    start=st.integers(0, 65535),
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=40),
    order=st.randoms(use_true_random=False),
    reach=st.integers(1, 12),
    twice=st.booleans(),
)
def test_nothing_is_lost_by_order_or_repetition(
    start: int, sizes: list[int], order: object, reach: int, twice: bool
) -> None:
    """However packets are shuffled within a reach and repeated, from any number on, all frames come out in order."""
    camera, buffer = Camera(sequence=start), JitterBuffer()
    packets = [packet for size in sizes for packet in camera.frame(size)]
    late = sorted(enumerate(packets), key=lambda each: each[0] + order.randrange(reach))  # type: ignore[attr-defined]
    shuffled = [packet for _, packet in late for _ in range(1 + twice)]
    assert given_out(feed(buffer, shuffled)) == camera.frames
    assert len(buffer) == 0


@settings(max_examples=60, stateful_step_count=80, deadline=None)
class LossyPath(RuleBasedStateMachine):
    """A camera, a path that loses, repeats and reorders packets, and a buffer that asks back over a path that loses."""

    @initialize(
        start=st.integers(0, 65535),
        timestamp=st.integers(0, (1 << 32) - 1),
        says_begin=st.booleans(),
        rtt_s=st.sampled_from([0.001, 0.02, 0.3]),
    )
    def begin(self, start: int, timestamp: int, says_begin: bool, rtt_s: float) -> None:
        """The first frame is a key frame."""
        self.camera = Camera(start, timestamp, says_begin=says_begin)
        self.buffer = JitterBuffer(rtt_s)
        self.now_s = 0.0
        self.under_way: deque[MediaPacket] = deque()
        self.sent: dict[int, MediaPacket] = {}
        self.asked: list[int] = []
        self.key_wanted = False
        self.out: list[int] = []

    @rule(size=st.integers(1, 6), key=st.integers(0, 9).map(lambda dice: dice == 0))
    def film(self, size: int, key: bool) -> None:
        """The camera sends a frame."""
        for packet in self.camera.frame(size, key=key or self.key_wanted):
            self.sent[packet.sequence_number] = packet
            self.under_way.append(packet)
        self.key_wanted = False

    @rule(count=st.integers(1, 200))
    def outage(self, count: int) -> None:
        """Frames that never arrive."""
        for _ in range(count):
            for packet in self.camera.frame(1):
                self.sent[packet.sequence_number] = packet

    @precondition(lambda self: self.under_way)
    @rule(place=st.integers(0, 5), fate=st.sampled_from(["arrive", "arrive", "arrive", "twice", "lose"]))
    def deliver(self, place: int, fate: str) -> None:
        """One of the next packets arrives, arrives twice, or is lost."""
        place = min(place, len(self.under_way) - 1)
        packet = self.under_way[place]
        del self.under_way[place]
        for _ in range({"arrive": 1, "twice": 2, "lose": 0}[fate]):
            self.take(self.buffer.add(packet, self.now_s))

    @rule(lost=st.booleans())
    def answer(self, lost: bool) -> None:
        """What was asked for is sent again, or the asking was lost."""
        if not lost:
            self.under_way.extendleft(self.sent[number] for number in self.asked)
        self.asked.clear()

    @rule(step_s=st.floats(0.0, 0.5))
    def wait(self, step_s: float) -> None:
        """Time passes; the buffer is polled when it asked to be."""
        end_s = self.now_s + step_s
        while (due_s := self.buffer.next_s()) is not None and due_s <= end_s:
            self.now_s = max(self.now_s, due_s)
            self.take(self.buffer.poll(self.now_s))
        self.now_s = end_s

    @rule()
    def fail_to_decode(self) -> None:
        """The decoder breaks."""
        self.out.append(-1)
        self.take(self.buffer.lose_picture(self.now_s))

    def take(self, outcome: Outcome) -> None:
        """Check what comes out, note what is asked for."""
        for frame in outcome.frames:
            number = self.camera.number(frame)  # fails unless it is whole
            before = self.out[-1] if self.out else -1
            assert frame.key == (number in self.camera.keys)
            assert number == before + 1 if not frame.key else number > max(self.out, default=-1)
            assert frame.first_packet_s <= frame.complete_s == self.now_s
            self.out.append(number)
        assert set(outcome.nack) <= set(self.sent)
        self.asked += outcome.nack
        self.key_wanted |= outcome.pli

    @invariant()
    def memory_is_bounded(self) -> None:
        """Never more than the capacity is held."""
        assert len(self.buffer) <= CAPACITY

    def teardown(self) -> None:
        """On a path that no longer loses packets, the newest frame is out within three seconds, asking included."""
        if not hasattr(self, "camera"):
            return
        self.under_way.clear()
        for _ in range(90):
            self.wait(1 / 30)
            self.answer(lost=False)
            self.film(2, key=False)
            while self.under_way:
                self.take(self.buffer.add(self.under_way.popleft(), self.now_s))
        assert self.out[-1] == len(self.camera.frames) - 1


TestLossyPath = LossyPath.TestCase

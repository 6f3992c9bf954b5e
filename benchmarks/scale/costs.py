"""What one of each thing costs, from measured figures only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from benchmarks.heard import WORKERS
from benchmarks.scale.measured import Measurements

Reading = Literal["small", "auto", "large"]
READINGS: tuple[Reading, ...] = ("small", "auto", "large")

STREAMS = "whip/vp8_640x480_30"
STREAM_FRAMES_A_S = 30.0
VIEWERS = 1000
ROOMS = 10_000
"""Subjects of the streams in the broker benchmark whose figures are used."""

TEXT = 1000
"""Characters of text in the letter event whose size is used."""


@dataclass(frozen=True, slots=True)
class ByWorkers:
    """CPU time of one message that grows with the number of workers, microseconds."""

    base_us: float
    a_worker_us: float

    @classmethod
    def through(cls, few: tuple[int, float], many: tuple[int, float]) -> ByWorkers:
        """The line through two measurements, each a number of workers and microseconds; not below zero at its start."""
        slope = (many[1] - few[1]) / (many[0] - few[0])
        return cls(max(0.0, few[1] - slope * few[0]), slope)

    def us(self, workers: float) -> float:
        """Microseconds with a number of workers."""
        return self.base_us + self.a_worker_us * workers


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs of one stream, viewer and message.

    Attributes:
        streams_a_core: streams of 640×480 at 30 fps that a core reads in time, by what reads them.
        connect_ms: CPU time of a worker for one camera that connects.
        camera_kb, viewer_kb: resident memory of one more camera and viewer.
        letter_us, partial_us: CPU time of a gateway for one letter, and one partial, sent to one viewer.
        received_us: CPU time of a gateway or worker for one message from NATS, decoded.
        load: CPU time of a worker that notes another worker's load, beside the reception.
        cameras: CPU time of a gateway that notes a worker's list of cameras, beside the reception.
        store_us, store_cpu_us: time between two events stored in one stream at full load, and NATS' CPU time for each.
        routed_in_us, routed_out_us: CPU time of NATS for one message received, and for one delivered.
        letter_bytes, partial_bytes: one event to a viewer, as JSON.
        moment_bytes: one partial in NATS.
        room_kb: memory of NATS for one subject of the stream.
        relay_us, packet_bytes: CPU time of a TURN relay for a packet, and its size.
        leader_s: time from the loss of the stream's leader to the next stored event.
    """

    streams_a_core: dict[Reading, float]
    connect_ms: float
    camera_kb: float
    viewer_kb: float
    letter_us: float
    partial_us: float
    received_us: float
    load: ByWorkers
    cameras: ByWorkers
    store_us: float
    store_cpu_us: float
    routed_in_us: float
    routed_out_us: float
    letter_bytes: float
    partial_bytes: float
    moment_bytes: float
    room_kb: float
    relay_us: float
    packet_bytes: float
    leader_s: float

    def relay_cores_a_mb_s(self) -> float:
        """CPU time a second of a TURN relay for 1 Mb/s of media, in cores."""
        return 1e6 / 8 / self.packet_bytes * self.relay_us / 1e6


def read_costs(measurements: Measurements) -> Costs:
    """The costs that the committed reports give.

    The capacity benchmark ran with `--reader auto`. The other modes differ by the recognizer's CPU time; the
    streams that are in time are in inverse proportion to the CPU time of a frame.

    Raises:
        StreamsignError: a figure was not measured.
    """
    value = measurements.value
    in_time = value("capacity", f"{STREAMS}/streams_a_core")
    frame_ms = value("capacity", f"{STREAMS}/{in_time:.0f}_streams/cpu_a_frame")
    read_ms = {each: value("footprint", f"cpu_a_frame/640x480/reader_{each}") / 1000 for each in READINGS}
    # One message to one gateway, and to five: the difference is four deliveries.
    one_us, five_us = (value("broker", f"moments/to_{n}_gateways/broker_cpu_a_message") for n in (1, 5))
    out_us = (five_us - one_us) / 4
    letters = f"letters/{ROOMS}_rooms"

    def by_workers(kind: str, process: str) -> ByWorkers:
        few, many = ((n, value("broker", f"{kind}/of_{n}_workers/{process}_cpu_a_message")) for n in WORKERS)
        return ByWorkers.through(few, many)

    return Costs(
        streams_a_core={each: in_time * frame_ms / (frame_ms + read_ms[each] - read_ms["auto"]) for each in READINGS},
        connect_ms=value("footprint", "cpu_a_connection"),
        camera_kb=value("footprint", "memory_a_camera"),
        viewer_kb=value("footprint", "memory_a_viewer"),
        letter_us=value("audience", f"server_cpu_a_letter_and_viewer/{VIEWERS}_viewers"),
        partial_us=value("footprint", "cpu_a_partial_and_viewer"),
        received_us=value("broker", "moments/received/gateway_cpu_a_message"),
        load=by_workers("loads", "worker"),
        cameras=by_workers("lists", "gateway"),
        store_us=value("broker", f"{letters}/time_a_message"),
        store_cpu_us=value("broker", f"{letters}/broker_cpu_a_message"),
        routed_in_us=one_us - out_us,
        routed_out_us=out_us,
        letter_bytes=value("broker", f"bytes/letter_of_{TEXT}_characters"),
        partial_bytes=value("broker", "bytes/partial"),
        moment_bytes=value("broker", "bytes/moment"),
        room_kb=value("broker", f"{letters}/memory_a_room"),
        relay_us=value("relay", "cpu_a_packet"),
        packet_bytes=value("relay", "bytes/packet"),
        leader_s=value("broker", "leader_lost/stored_again") / 1000,
    )

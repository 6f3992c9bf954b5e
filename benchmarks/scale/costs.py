"""What one of each thing costs, from measured figures only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from benchmarks.scale.measured import Measurements

Reading = Literal["small", "auto", "large"]
READINGS: tuple[Reading, ...] = ("small", "auto", "large")

STREAMS = "whip/vp8_640x480_30"
STEP = 16
"""Streams of the step of the capacity benchmark whose CPU time is used: the most that were in time."""

VIEWERS = 1000
ROOMS = 10_000
"""Subjects of the stream in the broker benchmark whose figures are used."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs of one stream, viewer and message.

    Attributes:
        frame_ms: CPU time of a worker for a frame of 640×480, by what reads it.
        connect_ms: CPU time of a worker for one camera that connects.
        camera_kb, viewer_kb: resident memory of one more camera and viewer.
        delivery_us: CPU time of a gateway for one event sent to one viewer.
        received_us: CPU time of a gateway or worker for one message from NATS, decoded.
        watched_us: CPU time of a gateway for one registry update, decoded.
        publish_us: broker's CPU time for one event stored in a stream.
        store_us: time between two events stored in one stream at full load; one stream stores one after another.
        put_us, put_cpu_us: the same for one registry put.
        routed_in_us, routed_out_us: broker's CPU time for one message received, and for one delivered.
        letter_bytes, partial_bytes: one event as JSON, with a text of 1,000 characters.
        room_kb: memory of the broker for one subject of the stream.
        leader_s: time from the loss of the stream's leader to the next stored event.
    """

    frame_ms: dict[Reading, float]
    connect_ms: float
    camera_kb: float
    viewer_kb: float
    delivery_us: float
    received_us: float
    watched_us: float
    publish_us: float
    store_us: float
    put_us: float
    put_cpu_us: float
    routed_in_us: float
    routed_out_us: float
    letter_bytes: float
    partial_bytes: float
    room_kb: float
    leader_s: float

    def streams_a_core(self, reading: Reading, frames_a_s: float) -> float:
        """Streams that the CPU time of a whole core reads."""
        return 1000 / (self.frame_ms[reading] * frames_a_s)


def read_costs(measurements: Measurements) -> Costs:
    """The costs that the committed reports give.

    The capacity benchmark ran with the classifier alone. What the larger reader adds is the difference of the
    recognizer's CPU time with and without it.

    Raises:
        StreamsignError: a figure was not measured.
    """
    value = measurements.value
    frame_ms = value("capacity", f"{STREAMS}/{STEP}_streams/cpu_a_frame")
    recognizer_ms = {each: value("footprint", f"cpu_a_frame/640x480/reader_{each}") / 1000 for each in READINGS}
    one, five = (value("broker", f"moments/to_{n}_gateways/broker_cpu_a_message") for n in (1, 5))
    return Costs(
        frame_ms={each: frame_ms + recognizer_ms[each] - recognizer_ms["small"] for each in READINGS},
        connect_ms=value("footprint", "cpu_a_connection"),
        camera_kb=value("footprint", "memory_a_camera"),
        viewer_kb=value("footprint", "memory_a_viewer"),
        delivery_us=value("audience", f"server_cpu_a_letter_and_viewer/{VIEWERS}_viewers"),
        received_us=value("broker", "moments/received/gateway_cpu_a_message"),
        watched_us=value("broker", "heartbeats/watched/gateway_cpu_a_message"),
        publish_us=value("broker", f"letters/{ROOMS}_rooms/broker_cpu_a_message"),
        store_us=value("broker", f"letters/{ROOMS}_rooms/time_a_message"),
        put_us=value("broker", f"heartbeats/{ROOMS}_cameras/time_a_message"),
        put_cpu_us=value("broker", f"heartbeats/{ROOMS}_cameras/broker_cpu_a_message"),
        routed_in_us=max(0.0, one - (five - one) / 4),
        routed_out_us=(five - one) / 4,
        letter_bytes=value("broker", "bytes/letter_of_1000_characters"),
        partial_bytes=value("broker", "bytes/partial"),
        room_kb=value("broker", f"letters/{ROOMS}_rooms/memory_a_room"),
        leader_s=value("broker", "leader_lost/stored_again") / 1000,
    )

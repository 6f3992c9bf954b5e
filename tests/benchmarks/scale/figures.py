"""Round costs for tests of the model, so that results can be computed by hand."""

from __future__ import annotations

from benchmarks.scale.costs import ByWorkers, Costs

COSTS = Costs(
    streams_a_core={"small": 12.0, "auto": 10.0, "large": 5.0},
    connect_ms=20.0,
    camera_kb=1000.0,
    viewer_kb=50.0,
    letter_us=30.0,
    partial_us=30.0,
    received_us=50.0,
    load=ByWorkers(10.0, 0.1),
    cameras=ByWorkers(0.0, 0.3),
    store_us=40.0,
    store_cpu_us=20.0,
    routed_in_us=0.5,
    routed_out_us=0.25,
    letter_bytes=2000.0,
    partial_bytes=250.0,
    moment_bytes=350.0,
    room_kb=1.0,
    relay_us=11.0,
    packet_bytes=1100.0,
    leader_s=4.0,
)

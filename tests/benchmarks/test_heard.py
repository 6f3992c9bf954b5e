"""Tests of benchmarks/heard.py."""

from __future__ import annotations

from benchmarks.heard import WORKERS, heard


def test_every_number_of_workers_has_its_costs() -> None:
    """A worker's and a gateway's CPU time for an announcement are measured for few and for many workers."""
    figures = {line.case: line.p50 for line in heard(500)}
    kinds = (("loads", "worker"), ("lists", "gateway"))
    wanted = [f"{kind}/of_{n}_workers/{process}_cpu_a_message" for n in WORKERS for kind, process in kinds]
    assert list(figures) == wanted
    assert min(figures.values()) > 0

"""Memory that is given back."""

from __future__ import annotations

from streamsign.server.process.memory import give_memory_back


def test_it_can_be_asked_for_anywhere() -> None:
    """With glibc and without it nothing is returned and nothing raised."""
    give_memory_back()

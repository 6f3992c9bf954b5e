"""Tests of benchmarks/ports.py."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.ports import free_port, free_ports, listens

LISTENING = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(60)"


def test_ports_differ() -> None:
    """Ports that are found together are different ones."""
    assert len(set(free_ports(5))) == 5


def test_a_program_that_opens_its_port_listens() -> None:
    """The wait ends when a process that starts accepts connections."""
    port = free_port()
    child = subprocess.Popen([sys.executable, "-c", LISTENING, str(port)])
    try:
        assert listens(child, port, 30)
    finally:
        child.kill()
        child.wait()


def test_a_program_that_ends_does_not_listen() -> None:
    """The wait ends at once when the process has ended without opening its port."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert not listens(child, free_port(), 600)

"""Free TCP ports of this computer, and programs that listen on them."""

from __future__ import annotations

import socket
import subprocess
import time
from contextlib import ExitStack
from typing import Any


def free_ports(count: int) -> list[int]:
    """Different TCP ports of the loopback address that nothing listens on."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]


def free_port() -> int:
    """A TCP port of the loopback address that nothing listens on."""
    (port,) = free_ports(1)
    return port


def listens(child: subprocess.Popen[Any], port: int, timeout_s: float) -> bool:
    """Wait until a port of the loopback address accepts connections.

    Args:
        child: the program that opens it.
        port: TCP.
        timeout_s: the longest wait, seconds.

    Returns:
        False if it does not within that time, or if the program has ended.
    """
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s and child.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.02)
    return False

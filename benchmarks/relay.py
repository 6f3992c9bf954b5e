"""Benchmarks the CPU time of a TURN relay (coturn) for a media packet."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.cores import cpu_time_s, pinned, two_cores
from benchmarks.ports import free_port, listens
from benchmarks.report import Report, make_report, row
from benchmarks.server import ended
from streamsign.errors import StreamsignError

PACKET_BYTES = 1100
"""Payload of a packet of video, as browsers and aiortc cut frames."""

CLIENTS, INTERVAL_MS = 4, 2
PACKETS, FULL_PACKETS = 3_000, 20_000
"""Packets of each client."""

HOPS = 2
"""Times that a packet passes the relay: turnutils_uclient sends from one client's relay address to another's."""

_START_S = 10.0
_LAST_S = 600.0


def run(*, full: bool, model: str, packets: int | None = None, interval_ms: int = INTERVAL_MS) -> Report:
    """Send packets from client to client through a relay on a core of its own.

    Args:
        full: more packets.
        model: not used; no camera is read.
        packets: of each client; overrides ``full``.
        interval_ms: milliseconds between the packets of a client.

    Raises:
        StreamsignError: coturn is not installed or does not start, packets were lost, or fewer than two cores.
    """
    del model
    relay_core, client_core = two_cores()
    each = packets or (FULL_PACKETS if full else PACKETS)
    with _relay(relay_core) as (relay, port, password):
        began_s = cpu_time_s(relay.pid)
        with pinned(client_core):
            sent = _send(port, password, each, interval_ms)
        cpu_s = cpu_time_s(relay.pid) - began_s
    return make_report(
        "relay",
        [
            row("cpu_a_packet", "ours", "us", [1e6 * cpu_s / (sent * HOPS)]),
            row("bytes/packet", "ours", "bytes", [PACKET_BYTES]),
        ],
        versions={"coturn": _output([_program("turnserver"), "--version"]).split()[-1]},
        remarks=[f"{CLIENTS} clients send one packet of {PACKET_BYTES} bytes every {interval_ms} ms each, over UDP."],
    )


def _program(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        raise StreamsignError(f"{name} is not installed.", "Install coturn: sudo apt install coturn")
    return program


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_LAST_S, check=False)
    return done.stdout + done.stderr


@contextmanager
def _relay(core: int) -> Iterator[tuple[subprocess.Popen[bytes], int, str]]:
    """A relay with one user, for this computer only: its process, port and the user's password."""
    program, password, port = _program("turnserver"), secrets.token_urlsafe(12), free_port()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "turnserver.conf"  # a file, because others may read a command line
        config.write_text(
            f"listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nlistening-port={port}\nrealm=bench\nlt-cred-mech\n"
            f"user=bench:{password}\nno-tls\nno-dtls\nno-cli\nallow-loopback-peers\nlog-file=stdout\nsimple-log\n"
            f"pidfile={folder}/pid\n"
        )
        with pinned(core):
            child = subprocess.Popen([program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with ended(child):
            if not listens(child, port, _START_S):
                raise StreamsignError("coturn does not start.", "Try `turnserver -n --no-cli` alone.")
            yield child, port, password


def _send(port: int, password: str, packets: int, interval_ms: int) -> int:
    """Packets that arrived."""
    numbers = {"-m": CLIENTS, "-n": packets, "-l": PACKET_BYTES, "-z": interval_ms, "-p": port}
    options = [word for name, number in numbers.items() for word in (name, str(number))]
    said = _output([_program("turnutils_uclient"), "-y", "-c", *options, "-u", "bench", "-w", password, "127.0.0.1"])
    _, _, after = said.rpartition("tot_recv_msgs=")
    arrived = int(after.split()[0]) if after else 0
    if arrived < 0.98 * CLIENTS * packets:
        raise StreamsignError(
            f"{arrived} of {CLIENTS * packets} packets came through the relay.", "Run it alone on the machine."
        )
    return arrived

"""The whole cluster of `make cluster`, in a network namespace of its own, and a phone's network beside it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import ROOT, missing

START_S = 90
PROGRAMS = ("nats-server", "turnserver", "prometheus", "caddy", "wget", "turnutils_stunclient")
VIEW, PUBLISH = "view-token-of-the-test", "publish-token-of-the-test"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster.

    Attributes:
        space: its network namespace.
        phones: a network namespace from which only the cluster is reached.
        address: of the cluster, for this computer and for phones.
        folder: of its supervisor.
        log: the supervisor's output.
    """

    space: str
    phones: str
    address: str
    folder: Path
    log: Path

    @property
    def url(self) -> str:
        """Address of the edge."""
        return f"https://{self.address}:8443"

    def trusted(self) -> ssl.SSLContext:
        """A context that trusts the edge's own authority."""
        authority = self.folder / "volumes/certificates/caddy/pki/authorities/local/root.crt"
        return ssl.create_default_context(cafile=authority)

    def http(self, token: str = VIEW) -> httpx.AsyncClient:
        """A client of the edge with a token."""
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(base_url=self.url, verify=self.trusted(), headers=headers, timeout=10)

    def numbers(self) -> dict[str, dict[str, Any]]:
        """Process number and readiness of each service that runs."""
        try:
            read: dict[str, dict[str, Any]] = json.loads((self.folder / "processes.json").read_text())
        except FileNotFoundError:
            return {}
        return read

    def command(self, *words: str) -> str:
        """What a command of streamsign prints that runs with the cluster's settings."""
        command = ["ip", "netns", "exec", self.space, str(self.folder / "streamsign"), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout

    def fetch(self, url: str) -> str:
        """What an address that only the cluster's own processes reach answers."""
        command = ["ip", "netns", "exec", self.space, "wget", "-q", "-O", "-", url]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout

    def lines(self, service: str) -> list[dict[str, Any]]:
        """The JSON lines that a service has logged."""
        found = []
        for line in self.log.read_text(errors="replace").splitlines():
            name, _, text = line.partition("|")
            if name.strip() == service and text.strip().startswith("{"):
                found.append(json.loads(text))
        return found

    def phone_program(self, file: Path, command: str) -> str:
        """A file to be run in place of ``command``, which then runs in the phones' network; its path."""
        file.write_text(f'#!/bin/sh\nexec ip netns exec {self.phones} {command} "$@"\n')
        file.chmod(0o755)
        return str(file)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _link(outside: str, inside: str, outer: str | None, inner: str, network: str) -> None:
    """Two network namespaces joined by a cable: ``network``.1 is outside, ``network``.2 inside."""
    _ip("link", "add", outside, "type", "veth", "peer", "name", inside, "netns", inner)
    if outer is not None:
        _ip("link", "set", outside, "netns", outer)
    for space, name, number in ((outer, outside, 1), (inner, inside, 2)):
        within = () if space is None else ("-n", space)
        _ip(*within, "link", "set", name, "addrgenmode", "none")
        _ip(*within, "addr", "add", f"{network}.{number}/24", "dev", name)
        _ip(*within, "link", "set", name, "up")


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """The cluster with all its processes ready; it is ended as Ctrl-C would."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        missing("a cluster's own network takes Linux, root and the program ip (Debian: apt-get install iproute2)")
    for program in PROGRAMS:
        if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin") is None:
            missing(f"{program} is not installed: apt-get install nats-server coturn prometheus caddy wget")
    number = os.getpid() % 250
    space, phones = f"cluster{os.getpid()}", f"phones{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", space], check=False, capture_output=True).returncode:
        missing("a cluster's own network takes the right to make network namespaces (CAP_SYS_ADMIN)")
    try:
        _ip("netns", "add", phones)
        for each in (space, phones):
            _ip("-n", each, "link", "set", "lo", "up")
        _link(f"desk{number}", "desk", None, space, f"10.203.{number}")
        _link("phones", "wlan0", space, phones, f"10.204.{number}")
        _ip("-n", phones, "route", "add", "default", "via", f"10.204.{number}.1")
        address = f"10.203.{number}.2"
        running = Cluster(space, phones, address, folder / "cluster", folder / "cluster.log")
        with _supervised(running):
            yield running
    finally:
        for each in (space, phones):
            subprocess.run(["ip", "netns", "del", each], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", f"desk{number}"], check=False, capture_output=True)


@contextmanager
def _supervised(running: Cluster) -> Iterator[None]:
    environment = os.environ | {
        "STREAMSIGN_ADVERTISE_ADDRESS": running.address,
        "STREAMSIGN_KEEP_LOG": "true",
        "STREAMSIGN_VIEW_TOKEN": VIEW,
        "STREAMSIGN_PUBLISH_TOKEN": PUBLISH,
        "PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT)),
    }
    command = [sys.executable, "-m", "deploy.cluster", "--folder", str(running.folder)]
    with running.log.open("wb") as out:
        supervisor = subprocess.Popen(
            ["ip", "netns", "exec", running.space, *command],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            until = time.monotonic() + START_S
            while "processes are ready" not in running.log.read_text(errors="replace"):
                assert supervisor.poll() is None, running.log.read_text(errors="replace")
                assert time.monotonic() < until, running.log.read_text(errors="replace")
                time.sleep(0.2)
            yield
        finally:
            supervisor.send_signal(signal.SIGINT)
            supervisor.wait(90)

"""A device with radios of its own: a Linux network namespace whose Wi-Fi and mobile data can come and go."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import missing

NOBODY = "02:00:00:00:00:99"
"""An Ethernet address that no interface has: what is sent there is lost in silence."""


@dataclass(frozen=True, slots=True)
class Radio:
    """One link between the device and this computer.

    Attributes:
        space: name of the device's network namespace.
        outside: name of this computer's end.
        inside: name of the device's end.
        here: this computer's address on it.
        device: the device's.
    """

    space: str
    outside: str
    inside: str
    here: str
    device: str

    def switch(self, state: str) -> None:
        """Switch it "on" or "off", as the device's owner does: link, address and default route come or go."""
        if state == "off":
            _run("-n", self.space, "addr", "flush", "dev", self.inside)
            _run("-n", self.space, "link", "set", self.inside, "down")
            return
        metric = "100" if self.inside == "wlan0" else "200"
        _run("-n", self.space, "link", "set", self.inside, "up")
        _run("-n", self.space, "addr", "add", f"{self.device}/24", "dev", self.inside)
        _run("-n", self.space, "route", "replace", "default", "via", self.here, "metric", metric)

    def lose(self) -> None:
        """Lose every packet both ways and tell nobody, as at the edge of an access point's reach."""
        _run("-n", self.space, "neigh", "replace", self.here, "lladdr", NOBODY, "dev", self.inside)
        _run("neigh", "replace", self.device, "lladdr", NOBODY, "dev", self.outside)

    def regain(self) -> None:
        """Let packets through again."""
        _run("-n", self.space, "neigh", "flush", "dev", self.inside, "nud", "permanent")
        _run("neigh", "flush", "dev", self.outside, "nud", "permanent")


@dataclass(frozen=True, slots=True)
class Radios:
    """What a device is connected by. The radios share nothing but this computer at their other end.

    Attributes:
        space: name of the device's network namespace.
        wifi: on.
        mobile: off; leads to no private network, as a carrier's does not.
        public: an address of this computer that both radios lead to, as to a public one.
    """

    space: str
    wifi: Radio
    mobile: Radio
    public: str

    def firewall(self, state: str) -> None:
        """While "on", no UDP leaves the device: pages load, and video does not get through."""
        _run("-n", self.space, "rule", {"on": "add", "off": "del"}[state], "ipproto", "udp", "blackhole")

    def program(self, file: Path, command: str) -> str:
        """A file to be run in place of ``command``, which then runs on the device; its path."""
        file.write_text(f'#!/bin/sh\nexec ip netns exec {self.space} {command} "$@"\n')
        file.chmod(0o755)
        return str(file)


@contextmanager
def radios() -> Iterator[Radios]:
    """A device with Wi-Fi on and mobile data off.

    Skips where this computer has no namespaces to give (Linux, root, iproute2).
    """
    if shutil.which("ip") is None or os.geteuid() != 0:
        missing("a device's own network takes Linux, root and the program ip (Debian: apt-get install iproute2)")
    number = _free_number()
    space = f"device{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", space], check=False, capture_output=True).returncode:
        missing("a device's own network takes the right to make network namespaces (CAP_SYS_ADMIN)")
    wifi = Radio(space, f"ap{number}", "wlan0", f"10.201.{number}.1", f"10.201.{number}.2")
    mobile = Radio(space, f"cell{number}", "rmnet0", f"10.202.{number}.1", f"10.202.{number}.2")
    public = f"198.51.100.{number + 1}"  # TEST-NET-2, RFC 5737
    try:
        _run("-n", space, "link", "set", "lo", "up")
        for radio in (wifi, mobile):
            _run("link", "add", radio.outside, "type", "veth", "peer", "name", radio.inside, "netns", space)
            # No IPv6 addresses: their duplicate detection ends seconds later, and Chromium then aborts requests.
            _run("link", "set", radio.outside, "addrgenmode", "none")
            _run("-n", space, "link", "set", radio.inside, "addrgenmode", "none")
            _run("addr", "add", f"{radio.here}/24", "dev", radio.outside)
            _run("link", "set", radio.outside, "up")
        # Not on the loopback interface: ICE prefers an interface's address by its number, and calls of other tests that
        # run at the same time would be lost when the address goes.
        _run("addr", "add", f"{public}/32", "dev", wifi.outside)
        wifi.switch("on")
        _run("-n", space, "route", "add", "unreachable", f"10.201.{number}.0/24", "metric", "1000")
        yield Radios(space, wifi, mobile, public)
    finally:
        for radio in (wifi, mobile):
            subprocess.run(["ip", "link", "del", radio.outside], check=False, capture_output=True)
        subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)


def _free_number() -> int:
    """A number for names and addresses that no other process uses, also none that was killed and left its own."""
    taken = {each.name for each in Path("/sys/class/net").iterdir()}
    numbers = [(os.getpid() + step) % 250 for step in range(250)]
    return next(number for number in numbers if f"ap{number}" not in taken)


def _run(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)

"""A phone with radios of its own: a Linux network namespace whose Wi-Fi and mobile data can come and go."""

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
    """One link between phone and server.

    Attributes:
        outside: name of the server's end.
        inside: name of the phone's end.
        server: the server's address on this link.
        phone: the phone's.
    """

    space: str
    outside: str
    inside: str
    server: str
    phone: str

    def switch(self, state: str) -> None:
        """Switch it "on" or "off", as the phone's owner does; the phone's system notices."""
        _run("-n", self.space, "link", "set", self.inside, {"on": "up", "off": "down"}[state])
        if state == "on":
            _default_route(self)

    def lose(self) -> None:
        """Lose every packet both ways and tell nobody, as at the edge of an access point's reach."""
        _run("-n", self.space, "neigh", "replace", self.server, "lladdr", NOBODY, "dev", self.inside)
        _run("neigh", "replace", self.phone, "lladdr", NOBODY, "dev", self.outside)

    def regain(self) -> None:
        """Let packets through again."""
        _run("-n", self.space, "neigh", "flush", "dev", self.inside, "nud", "permanent")
        _run("neigh", "flush", "dev", self.outside, "nud", "permanent")


@dataclass(frozen=True, slots=True)
class PhoneNetwork:
    """What a browser started by ``browser`` is connected by. The radios share nothing but the server at their end."""

    browser: str
    wifi: Radio
    mobile: Radio
    public: str
    """An address of the server that both radios lead to, as a public one would be."""


@contextmanager
def phone_network(folder: Path, chromium_path: str) -> Iterator[PhoneNetwork]:
    """A namespace with both radios, Wi-Fi on and mobile data off, and Chromium to be started in it.

    Skips where this computer has no namespaces to give (Linux, root, iproute2).
    """
    if shutil.which("ip") is None or os.geteuid() != 0:
        missing("a network of the phone's own takes Linux, root and the program ip (Debian: apt-get install iproute2)")
    number = os.getpid() % 250
    space = f"phone{os.getpid()}"
    public = f"198.51.100.{number + 1}"  # TEST-NET-2, RFC 5737
    wifi = Radio(space, f"ap{number}", "wlan0", f"10.201.{number}.1", f"10.201.{number}.2")
    mobile = Radio(space, f"cell{number}", "rmnet0", f"10.202.{number}.1", f"10.202.{number}.2")
    if subprocess.run(["ip", "netns", "add", space], check=False, capture_output=True).returncode:
        missing("a network of the phone's own takes the right to make network namespaces (CAP_SYS_ADMIN)")
    try:
        _run("-n", space, "link", "set", "lo", "up")
        _run("addr", "add", f"{public}/32", "dev", "lo")
        for radio in (wifi, mobile):
            _run("link", "add", radio.outside, "type", "veth", "peer", "name", radio.inside, "netns", space)
            _run("addr", "add", f"{radio.server}/24", "dev", radio.outside)
            _run("link", "set", radio.outside, "up")
            _run("-n", space, "addr", "add", f"{radio.phone}/24", "dev", radio.inside)
        wifi.switch("on")
        # A carrier leads to no private network, so neither do our mobile data to the Wi-Fi's.
        _run("-n", space, "route", "add", "unreachable", f"10.201.{number}.0/24", "metric", "1000")
        browser = folder / "chromium-on-the-phone"
        browser.write_text(f'#!/bin/sh\nexec ip netns exec {space} {chromium_path} "$@"\n')
        browser.chmod(0o755)
        yield PhoneNetwork(str(browser), wifi, mobile, public)
    finally:
        for radio in (wifi, mobile):
            subprocess.run(["ip", "link", "del", radio.outside], check=False, capture_output=True)
        subprocess.run(["ip", "addr", "del", f"{public}/32", "dev", "lo"], check=False, capture_output=True)
        subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)


def _default_route(radio: Radio) -> None:
    metric = "100" if radio.inside == "wlan0" else "200"
    _run("-n", radio.space, "route", "replace", "default", "via", radio.server, "metric", metric)


def _run(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)

"""A phone that reaches nothing but the relay: coturn, started as the compose file does it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.async_api import expect

from deploy.compose import compose
from streamsign.server.tls.certificate import lan_address
from tests.conftest import missing
from tests.e2e.connection_states import ConnectionStates
from tests.e2e.desk import Chromium, browser_with_camera, running_server, visit
from tests.e2e.radios import radios

SECRET = "shared-with-the-relay"
RELAY_ONLY = """
const Own = RTCPeerConnection;
window.connections = [];
window.RTCPeerConnection = class extends Own {
  constructor(configuration) {
    super({ ...configuration, iceTransportPolicy: "relay" });
    window.connections.push(this);
  }
};
"""
PAIRS = """
async () => {
  const found = [];
  for (const connection of window.connections) {
    const report = await connection.getStats();
    const pairs = [...report.values()].filter((one) => one.type === "candidate-pair" && one.state === "succeeded");
    found.push(...pairs.map((pair) => report.get(pair.localCandidateId).candidateType));
  }
  return found;
}
"""


@contextmanager
def relay(folder: Path, address: str) -> Iterator[str]:
    """Coturn on one address of this machine; the URL of it."""
    program = shutil.which("turnserver")
    if program is None:
        missing("no coturn found: install it (Debian: apt-get install coturn)")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((address, 0))
        port = free.getsockname()[1]
    log = folder / "turn.log"
    flags = compose({"STREAMSIGN_ADVERTISE_ADDRESS": address, "STREAMSIGN_TURN_SECRET": SECRET})["services"]["relay"]
    taken = {"--listening-port": port, "--pidfile": folder / "turn.pid"}  # another one may run on this machine
    command = [program, *(f"{name}={taken[name]}" if (name := flag.partition("=")[0]) in taken else flag
                          for flag in flags["command"]), "--verbose"]  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=folder)
        try:
            until = time.monotonic() + 20
            while time.monotonic() < until and "listener opened" not in log.read_text(errors="replace"):
                assert process.poll() is None, log.read_text(errors="replace")
                time.sleep(0.05)
            yield f"turn:{address}:{port}?transport=udp"
        finally:
            process.terminate()
            process.wait(20)


async def test_video_goes_through_the_relay(
    tmp_path: Path, chromium: Chromium, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a relay as the only way, the phone page connects by the credential its session was given."""
    address = lan_address()
    with relay(tmp_path, address) as url:
        monkeypatch.setenv("STREAMSIGN_ICE_SERVERS", url)
        monkeypatch.setenv("STREAMSIGN_TURN_SECRET", SECRET)
        with running_server(tmp_path) as desk:
            async with chromium.with_camera() as browser:
                phone = await browser.new_page()
                await phone.add_init_script(RELAY_ONLY)
                await phone.goto(desk.phone_link("main"))
                await phone.click("#start")
                await expect(phone.locator("#connection")).to_have_text("Live", timeout=30_000)
                assert set(await phone.evaluate(PAIRS)) == {"relay"}


async def test_from_wifi_to_mobile_data_through_the_relay(
    tmp_path: Path, chromium_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A phone that leaves the Wi-Fi continues automatically over the relay, with a new credential."""
    with radios() as network, relay(tmp_path, network.public) as url:
        monkeypatch.setenv("STREAMSIGN_ICE_SERVERS", url)
        monkeypatch.setenv("STREAMSIGN_TURN_SECRET", SECRET)
        monkeypatch.setenv("STREAMSIGN_ADVERTISE_ADDRESS", network.public)
        with running_server(tmp_path, lan=True) as desk:
            async with desk.http() as http:
                link = (await http.get("/api/pairing")).json()["url"]
            async with browser_with_camera(network.program(tmp_path / "chromium", chromium_path)) as browser:
                phone = await (await browser.new_context(ignore_https_errors=True)).new_page()
                await phone.add_init_script(RELAY_ONLY)
                await visit(phone, link)
                await phone.click("#start")
                await expect(phone.locator("#connection")).to_have_text("Live", timeout=30_000)
                states = await ConnectionStates.of(phone)
                network.mobile.switch("on")
                network.wifi.switch("off")
                await states.until("reconnecting", timeout_s=10)
                await expect(phone.locator("#connection")).to_have_text("Live", timeout=3_000)
                assert set(await phone.evaluate(PAIRS)) == {"relay"}

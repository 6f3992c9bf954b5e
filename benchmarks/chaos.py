"""Outages, restarts and loss while a phone signs: how long after the cause has ended do letters come again?

    python -m benchmarks.chaos

The phone is the real page in Chromium, in a network namespace of its own whose Wi-Fi loses every packet without a word.
Its film spells without end. Needs Linux, root, iproute2, Chromium and playwright.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from playwright.async_api import Page

from benchmarks.film import encode_film
from benchmarks.phone import CameraTrack, Phone, Viewer
from benchmarks.ports import free_ports
from benchmarks.reliability import table, write_section
from benchmarks.server import ROOT, server
from benchmarks.webrtc import browser_path
from streamsign.errors import StreamsignError
from streamsign.recognition.model import load_model
from streamsign.state.grants import EVERY_ROOM, KEY_FILE, OWNER_LIFE_S, Right, Signer
from tests.e2e.desk import browser_with_camera
from tests.e2e.lossy_relay import lossy_relay
from tests.e2e.radios import Radios, radios
from tests.films import film

OUTAGES_S = (1.0, 3.0, 10.0, 30.0)
RESTARTS = 3
BETWEEN_S = 6.0
"""Undisturbed time between two causes."""

LOSS, LOSS_S = 0.05, 20.0
PATIENCE_S = 60.0
_READY_S = 90.0

_LETTERS = "document.querySelector('#text').textContent.replace(/\\s/g, '').length"
_LOOK_EVERY_S = 0.02


@dataclass(slots=True)
class Served:
    """``streamsign serve``, which can be killed and started again at the same addresses."""

    folder: Path
    port: int
    lan_port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Of the listener for this computer."""
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Start it."""
        command = [sys.executable, "-m", "streamsign", "serve", "--state-dir", str(self.folder), "--log-level", "error"]
        listeners = ["--port", str(self.port), "--lan", "--lan-port", str(self.lan_port), "--mdns-name", "none"]
        self.process = subprocess.Popen(
            [*command, *listeners], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    async def ready(self) -> None:
        """Wait until it answers.

        Raises:
            StreamsignError: it does not start.
        """
        until_s = time.monotonic() + _READY_S
        async with httpx.AsyncClient() as http:
            while time.monotonic() < until_s:
                try:
                    if (await http.get(f"{self.url}/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.02)
        raise StreamsignError("The server does not start.", "Try `streamsign serve` alone.")

    def kill(self) -> None:
        """End it without notice."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


@dataclass(slots=True)
class Chaos:
    """Seconds from the end of each cause to the next letter on the phone's page, by cause; and letters under loss.

    Attributes:
        again_s: by the cause's name.
        letters_a_minute: without loss, and with it.
    """

    again_s: dict[str, list[float]] = field(default_factory=dict)
    letters_a_minute: tuple[float, float] = (0.0, 0.0)


@contextmanager
def _serving(folder: Path) -> Iterator[Served]:
    port, lan_port = free_ports(2)
    served = Served(folder, port, lan_port)
    try:
        yield served
    finally:
        served.kill()


@asynccontextmanager
async def _phone(served: Served, network: Radios, folder: Path) -> AsyncIterator[Page]:
    """A paired phone's page that signs, with letters on it."""
    program = network.program(folder / "chromium", browser_path())
    owner = Signer((served.folder / KEY_FILE).read_bytes()).make((Right.OWNER,), EVERY_ROOM, OWNER_LIFE_S)
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {owner}"}) as http:
        link = httpx.URL((await http.get(f"{served.url}/api/pairing")).raise_for_status().json()["url"])
    async with browser_with_camera(program, film("CELLO")) as browser:
        context = await browser.new_context(ignore_https_errors=True, viewport={"width": 390, "height": 844})
        page = await context.new_page()
        page.set_default_timeout(1000 * PATIENCE_S)
        await page.goto(str(link.copy_with(host=network.wifi.here)))
        await page.click("#start")
        for _ in range(2):
            await _next_letter(page)
        yield page


async def _next_letter(page: Page) -> float:
    """Seconds until there is a letter more on the page; a space or a new line is none.

    Raises:
        StreamsignError: none comes in a minute.
    """
    began_s = time.monotonic()
    before = await page.evaluate(_LETTERS)
    while await page.evaluate(_LETTERS) <= before:
        if time.monotonic() > began_s + PATIENCE_S:
            raise StreamsignError("No letter came again.", "Run `make test-slow`.")
        await asyncio.sleep(_LOOK_EVERY_S)
    return time.monotonic() - began_s


async def outages(network: Radios, page: Page, found: Chaos, lengths_s: tuple[float, ...] = OUTAGES_S) -> None:
    """Lose every packet of the phone for so long each."""
    for length_s in lengths_s:
        await asyncio.sleep(BETWEEN_S)
        network.wifi.lose()
        await asyncio.sleep(length_s)
        network.wifi.regain()
        found.again_s.setdefault(f"outage of {length_s:g} s", []).append(await _next_letter(page))


async def restarts(served: Served, page: Page, found: Chaos, times: int = RESTARTS) -> None:
    """Kill the server with SIGKILL and start it again; the cause ends when it answers."""
    for _ in range(times):
        await asyncio.sleep(BETWEEN_S)
        served.kill()
        served.start()
        await served.ready()
        found.again_s.setdefault("restart after kill -9", []).append(await _next_letter(page))


async def loss(found: Chaos, length_s: float = LOSS_S) -> None:
    """Lose packets of a camera that sends through a relay, then none."""
    chance, lossy = random.Random(1), [False]
    with (
        server(str(load_model("celov").folder.resolve())) as under_test,
        lossy_relay(under_test.url, lambda _: lossy[0] and chance.random() < LOSS) as relay,
    ):
        async with httpx.AsyncClient() as http, Viewer(under_test.url, "loss", under_test.view_token) as viewer:
            track = CameraTrack(encode_film(320, 240, 15, 300_000))
            phone = Phone(http, relay.url, under_test.token, "loss", track, channels=False)
            await phone.connect()
            counts = []
            for lossy[0] in (False, True):
                await asyncio.sleep(BETWEEN_S)
                before = await _letters(http, under_test.url, under_test.view_token)
                await asyncio.sleep(length_s)
                counts.append(60 / length_s * (await _letters(http, under_test.url, under_test.view_token) - before))
            lossy[0] = False
            ended_s = time.time()
            newest = await _letters(http, under_test.url, under_test.view_token)
            while await _letters(http, under_test.url, under_test.view_token) == newest:  # noqa: ASYNC110 - over HTTP
                await asyncio.sleep(0.02)
            found.again_s.setdefault(f"{LOSS:.0%} of the packets lost", []).append(time.time() - ended_s)
            found.letters_a_minute = (counts[0], counts[1])
            await phone.leave()
            if not viewer.events:
                raise StreamsignError("The viewer got no event.", "Run `make test`.")


async def _letters(http: httpx.AsyncClient, url: str, token: str) -> int:
    """How many letters the room has."""
    answer = await http.get(f"{url}/rooms/loss/transcript.jsonl", headers={"Authorization": f"Bearer {token}"})
    return answer.raise_for_status().text.count('"type":"letter"')


async def chaos() -> Chaos:
    """All causes, one after another.

    Raises:
        StreamsignError: the server does not start, or a letter does not come again in a minute.
    """
    found = Chaos()
    await loss(found)
    with tempfile.TemporaryDirectory() as folder, radios() as network, _serving(Path(folder) / "state") as served:
        served.start()
        await served.ready()
        async with _phone(served, network, Path(folder)) as page:
            await outages(network, page, found)
            await restarts(served, page, found)
    return found


def section(found: Chaos) -> str:
    """What docs/reliability.md says of it."""
    rows: dict[str, object] = {
        f"{cause}, then the next letter": " · ".join(f"{each:.2f} s" for each in took_s)
        for cause, took_s in found.again_s.items()
    }
    without, with_loss = found.letters_a_minute
    rows[f"letters a minute without loss, and while {LOSS:.0%} of the packets are lost"] = (
        f"{without:.0f} · {with_loss:.0f}"
    )
    return f"""\
Written by `make chaos`. The phone's page in Chromium signs without end, in a network namespace of its own. In an outage
its Wi-Fi loses every packet both ways, and nothing reports it. A restart is `kill -9` and a new process; it ends when
`/readyz` answers. The time is from the end of the cause to the next letter on the phone's page; the signer's own pause
between two letters, up to 1.5 s, is in it. Packets are lost by a relay between a camera and the server.

{table(rows)}

Load of the machine's {os.cpu_count()} cores at the end: {os.getloadavg()[0]:.1f}.
"""


def main() -> None:
    """``python -m benchmarks.chaos``."""
    text = section(asyncio.run(chaos()))
    sys.stdout.write(text)
    write_section("Outages, restarts and loss", text)


if __name__ == "__main__":
    main()

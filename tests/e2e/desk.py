"""A running server and a browser with a camera, for the tests of the whole way."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import httpx
from playwright.async_api import Browser, Error, Page, ViewportSize, async_playwright, expect

from streamsign.state.grants import EVERY_ROOM, KEY_FILE, Right, Signer
from tests.e2e.server_forks import ForkedServer, can_fork
from tests.films import wall

Scheme = Literal["light", "dark"]

ROOT = Path(__file__).resolve().parents[2]
STREAMSIGN = ("-m", "streamsign")
"""Arguments of Python that are the command."""
STATE = "STREAMSIGN_STATE_DIR"
START_S = 60
"""How long the server may take to be ready on a loaded computer."""


NETWORK_CHANGED, OPENINGS = "ERR_NETWORK_CHANGED", 3


async def visit(page: Page, url: str) -> None:
    """Open a page in a network of its own, again if Chromium notices meanwhile that an address of it became usable."""
    for opening in range(1, OPENINGS + 1):
        try:
            await page.goto(url)
            return
        except Error as error:
            if NETWORK_CHANGED not in str(error) or opening == OPENINGS:
                raise


@dataclass(frozen=True, slots=True)
class Desk:
    """A server of its own process, for this computer only."""

    url: str
    publish_token: str
    view_token: str
    pid: int = 0

    owner_token: str = ""
    key: bytes = b""

    @property
    def owner(self) -> dict[str, str]:
        """Headers of the person who runs the server."""
        return {"Authorization": f"Bearer {self.owner_token}"}

    def http(self) -> httpx.AsyncClient:
        """A client of the person who runs the server."""
        return httpx.AsyncClient(base_url=self.url, headers=self.owner)

    def link(self, place: str = "/") -> str:
        """The link of a page, with the secret that opens it."""
        if place.startswith(("/view/", "/overlay/")):
            return f"{self.url}{place}#token={self.view_token}"
        return f"{self.url}{place}" + ("" if place.startswith(("/phone", "/trust")) else f"#key={self.owner_token}")

    def phone_link(self, room: str) -> str:
        """The link a phone would scan."""
        return f"{self.url}/phone#room={room}&token={self.publish_token}"

    async def paired_link(self, room: str) -> str:
        """The phone page with a code, as a phone scans it; its signer may edit the room's text. Needs the LAN."""
        async with self.http() as http:
            shown = (await http.get("/api/pairing", params={"room": room})).raise_for_status().json()
        return f"{self.url}/phone#{urlsplit(shown['url']).fragment}"


@contextmanager
def running_server(
    folder: Path, *, lan: bool = False, port: int = 0, program: Sequence[str] = STREAMSIGN
) -> Iterator[Desk]:
    """Start ``streamsign serve``, or what Python makes of ``program``, on a port or a free one, and one for phones.

    It is ended as Ctrl-C would.
    """
    if not port:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
    desk = Desk(f"http://localhost:{port}", "publish-token-of-the-test", "view-token-of-the-test")
    environment = os.environ | {
        STATE: str(folder / "state"),
        "STREAMSIGN_PUBLISH_TOKEN": desk.publish_token,
        "STREAMSIGN_VIEW_TOKEN": desk.view_token,
    }
    log = folder / "server.log"
    before = os.environ.get(STATE)
    listeners = ["--lan", "--lan-port", "0"] if lan else ["--no-lan"]
    arguments = ["serve", *listeners, "--port", str(port)]
    server = _started(program, arguments, environment, log)
    try:
        _wait_until_ready(desk.url, server, log)
        # Programs that a test starts find the server's key as they would on its computer.
        os.environ[STATE] = str(folder / "state")
        key = (folder / "state" / KEY_FILE).read_bytes()
        owner_token = Signer(key).make((Right.OWNER,), EVERY_ROOM, 3600)
        yield replace(desk, pid=server.pid, owner_token=owner_token, key=key)
    finally:
        os.environ.pop(STATE, None)
        if before is not None:
            os.environ[STATE] = before
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
            raise


def _started(
    program: Sequence[str], arguments: Sequence[str], environment: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes] | ForkedServer:
    """A process that runs ``program``; ``streamsign`` itself is forked where that is possible."""
    if tuple(program) == STREAMSIGN and can_fork():
        return ForkedServer(arguments, environment, log)
    with log.open("wb") as out:
        command = [sys.executable, *program, *arguments]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)


def _wait_until_ready(url: str, server: subprocess.Popen[bytes] | ForkedServer, log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and server.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"the server did not get ready:\n{log.read_text()}")


HEADLESS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-gpu",
    "--mute-audio",
)
"""Flags that leave out what no test looks at."""

CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
"""A camera that is there, and whose use is allowed without asking."""


@asynccontextmanager
async def launched(
    chromium_path: str, film: Path | None = None, flags: Sequence[str] = CAMERA
) -> AsyncIterator[Browser]:
    """Headless Chromium whose camera plays the film that is there when the camera is opened (.y4m or .mjpeg).

    Without a film the camera shows Chromium's own test picture.
    """
    playing = [] if film is None else [f"--use-file-for-fake-video-capture={film}"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path, headless=True, chromium_sandbox=False, args=[*HEADLESS, *flags, *playing]
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def browser_with_camera(chromium_path: str, film: Path | None = None) -> AsyncIterator[Browser]:
    """A Chromium of its own, for a test that takes two, or one that runs elsewhere; others share ``chromium``."""
    async with launched(chromium_path, film) as browser:
        yield browser


class Chromium:
    """A running browser that one test after another has to itself."""

    def __init__(self, browser: Browser, camera: Path) -> None:
        """Take a browser that was launched to play ``camera``, a Y4M file that need not be there yet."""
        self._browser, self._camera = browser, camera

    def play(self, film: Path) -> None:
        """Show a film whenever the camera is opened from now on."""
        # A new file, not new contents: an open camera has the old one mapped into its memory.
        fresh = self._camera.with_suffix(".next")
        shutil.copyfile(film, fresh)
        fresh.replace(self._camera)

    @asynccontextmanager
    async def with_camera(self, film: Path | None = None) -> AsyncIterator[Browser]:
        """The browser, its camera playing a Y4M film (a wall when there is none) from its start whenever it is opened.

        What was opened meanwhile is closed at the end.
        """
        assert not self._browser.contexts, "a test at a time: for two browsers launch another one"
        self.play(film or wall())
        try:
            yield self._browser
        finally:
            for context in list(self._browser.contexts):
                for page in context.pages:
                    # Its camera leaves; a page that is closed at once does not say so. A page whose server has ended
                    # may be on its way to an error page, which interrupts this.
                    with suppress(Error):
                        await page.goto("about:blank")
                await context.close()


@dataclass
class Watched:
    """A page, with what it asked of other hosts and what it complained about."""

    page: Page
    strangers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def leave(self) -> None:
        """Close the page and its window: it takes processor time as long as it is open."""
        await self.page.context.close()


async def open_page(
    browser: Browser, url: str, width: int = 1280, height: int = 900, scheme: Scheme = "light"
) -> Watched:
    """Open a page in a window of its own and listen to it."""
    context = await browser.new_context(viewport=ViewportSize(width=width, height=height), color_scheme=scheme)
    watched = Watched(await context.new_page())
    host = urlsplit(url).netloc

    def asked(address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("data", "blob") and parts.netloc != host:
            watched.strangers.append(address)

    watched.page.on("request", lambda request: asked(request.url))
    watched.page.on("websocket", lambda opened: asked(opened.url))
    watched.page.on(
        "console",
        lambda message: watched.complaints.append(message.text) if message.type in ("error", "warning") else None,
    )
    watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    await watched.page.goto(url)
    return watched


async def show_in(page: Page, scheme: Scheme) -> None:
    """Change an open page to light or dark, without the change of colors in between. The overlay looks the same."""
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    await expect(page.locator("html")).not_to_have_attribute("data-theme", "light" if scheme == "dark" else "dark")

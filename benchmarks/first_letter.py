"""Benchmarks the time from opening the phone page to the first letter on the host page."""

from __future__ import annotations

import importlib
import json
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from benchmarks.report import Report, make_report, row
from benchmarks.server import ServerProcess, server
from benchmarks.webrtc import browser_path
from streamsign.demo.signer import DemoSigner
from streamsign.demo.video import jpeg
from streamsign.errors import StreamsignError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, WebSocket

LETTER = "L"
ROUNDS, FULL_ROUNDS = 21, 61
"""Number of rounds. The first one is not counted, because server and browser are cold."""

PATIENCE_MS = 30_000
"""Timeout of each wait, also in scripts, which playwright does not limit."""

_WAIT_FOR_TEXT = """() => {
  const text = document.querySelector("#text");
  window.firstLetter = new Promise((resolve) => {
    const look = () => text.textContent.trim() && requestAnimationFrame(() => resolve(Date.now()));
    new MutationObserver(look).observe(text, { childList: true, characterData: true, subtree: true });
  });
}"""
_SHOWN = """(patience) => Promise.race([window.firstLetter, new Promise((_, reject) =>
  setTimeout(() => reject(new Error("the host page does not show the letter")), patience))])"""
_READY = """(patience) => new Promise((resolve, reject) => {
  const start = document.querySelector("#start");
  const look = () => !start.disabled && resolve(Date.now());
  new MutationObserver(look).observe(start, { attributes: true });
  setTimeout(() => reject(new Error("Start stays disabled")), patience);
  look();
})"""


def run(*, full: bool, model: str) -> Report:
    """Open the phone page repeatedly as a new phone, and press Start as soon as it is enabled.

    The camera shows a rendered hand that holds a letter from its first frame, so that the time includes no signing.

    Args:
        full: sixty times instead of twenty.
        model: the model the server reads letters with.

    Raises:
        ModelError: the model cannot be used.
        StreamsignError: Chromium or playwright is not installed, or no letter came.
    """
    try:
        playwright = importlib.import_module("playwright.sync_api").sync_playwright
    except ImportError as error:
        raise StreamsignError("This benchmark needs playwright.", "pip install -e '.[dev]'") from error
    path = browser_path()
    waits: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, server(model, lan=True, lan_port=0, mdns_name="none") as running:
        arguments = [
            "--no-sandbox",
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={held_letter(Path(folder) / 'held.mjpeg')}",
        ]
        with playwright() as driver:
            browser = driver.chromium.launch(executable_path=path, args=arguments)
            host = browser.new_page()
            with host.expect_websocket() as captions:
                host.goto(f"{running.url}/#key={running.owner_token}")
            for number in range(FULL_ROUNDS if full else ROUNDS):
                taken = wait_for_letter(browser, host, captions.value, running)
                if number:
                    for stage, milliseconds in taken.items():
                        waits[stage].append(milliseconds)
            browser.close()
    return make_report("first_letter", [row(f"phone/{stage}", "ours", "ms", taken) for stage, taken in waits.items()])


def held_letter(path: Path) -> Path:
    """A film in which the rendered hand holds a letter from the first frame to the last."""
    signer = DemoSigner(LETTER, seed=0, letter_s=2.0)
    (held,) = signer.truth
    first, last = (round(at_s * signer.fps) for at_s in (held.start_s, held.end_s))
    path.write_bytes(b"".join(jpeg(signer.render(number / signer.fps)) for number in range(first + 1, last)))
    return path


def wait_for_letter(browser: Browser, host: Page, captions: WebSocket, running: ServerProcess) -> dict[str, float]:
    """Pair a new phone; return the time of each stage after its page was opened, milliseconds.

    Only ``live_to_letter`` counts from the first frame that the server decoded.

    Args:
        browser: opens the phone page in a new context.
        host: the host page, open.
        captions: the host page's websocket.
        running: the server.

    Raises:
        StreamsignError: a stage was not reached in half a minute.
    """
    owner = {"Authorization": f"Bearer {running.owner_token}"}
    httpx.post(f"{running.url}/rooms/main/edits", json={"action": "clear"}, headers=owner).raise_for_status()
    host.wait_for_selector("#text:empty", state="attached", timeout=PATIENCE_MS)
    host.evaluate(_WAIT_FOR_TEXT)
    link = httpx.get(f"{running.url}/api/pairing", headers=owner).raise_for_status().json()["url"]
    live_s: dict[str, float] = {}
    began_s: list[float] = []

    def of_this_phone(message: str | bytes) -> bool:
        event = json.loads(message)  # pings are not events
        if event["type"] == "status" and event["state"] == "live":  # sent with the first decoded frame
            live_s.setdefault(event["session"], event["at_s"])
        if event["type"] == "letter" and event["session"] in live_s:
            began_s.append(live_s[event["session"]])
        return bool(began_s)

    context = browser.new_context(ignore_https_errors=True, viewport={"width": 390, "height": 844})
    try:
        phone = context.new_page()
        phone.goto(link, wait_until="commit")
        phone.wait_for_selector("#start", state="attached")
        ready_ms = float(phone.evaluate(_READY, PATIENCE_MS))
        with captions.expect_event("framereceived", of_this_phone, timeout=PATIENCE_MS):
            phone.click("#start")
        live_ms = 1000 * began_s[0]
        seen_ms = float(host.evaluate(_SHOWN, PATIENCE_MS))
        opened_ms = float(phone.evaluate("performance.timeOrigin"))
        return {
            "page_ready": ready_ms - opened_ms,
            "camera_live": live_ms - opened_ms,
            "first_letter_on_the_host": seen_ms - opened_ms,
            "live_to_letter": seen_ms - live_ms,
        }
    except Exception as error:  # playwright's exceptions have no common base without importing it
        raise StreamsignError(
            f"No letter came from the phone's page ({error}).", "Try `make serve` by hand."
        ) from error
    finally:
        context.close()

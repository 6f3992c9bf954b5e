"""A phone page in a real browser sends less to a server whose recognizer is slow."""

from __future__ import annotations

from pathlib import Path

from streamsign.webrtc.adaptation import LEVELS
from tests.e2e.desk import browser_with_camera, open_page, running_server

SLOW = """
import time
from streamsign.cli import main
from streamsign.recognition.recognizer import Recognizer

fast = Recognizer.feed

def feed(*frame, **options):
    time.sleep(0.15)
    return fast(*frame, **options)

Recognizer.feed = feed
main()
"""

KEEP_CONNECTIONS = """
window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...options) { super(...options); window.connections.push(this); }
};
window.encoding = () => window.connections.at(-1)?.getSenders()[0]?.getParameters().encodings[0];
"""

LONGEST_MS = 60_000


async def test_the_page_sends_what_it_is_asked_for(chromium_path: str, tmp_path: Path) -> None:
    """A recognizer five frame intervals slow makes the browser's encoder send fewer, then smaller pictures."""
    least = LEVELS[-1]
    with running_server(tmp_path, program=("-c", SLOW)) as desk:
        async with browser_with_camera(chromium_path) as browser:
            phone = await open_page(browser, desk.link())
            await phone.page.add_init_script(KEEP_CONNECTIONS)
            await phone.page.goto(desk.phone_link("slow"))
            await phone.page.click("#start")
            await phone.page.wait_for_function("() => window.encoding()?.maxFramerate === 30", timeout=LONGEST_MS)
            await phone.page.wait_for_function(
                f"() => window.encoding()?.maxFramerate === {least.max_framerate}", timeout=LONGEST_MS
            )
            encoding = await phone.page.evaluate("window.encoding()")
        assert encoding["scaleResolutionDownBy"] == least.scale_down
        assert phone.complaints == []

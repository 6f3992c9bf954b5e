"""A WHIP publisher nobody here wrote: whip-whep 1.2.0 from npm (MIT), unchanged, against /whip."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from playwright.async_api import Route

from tests.e2e.desk import Chromium, running_server
from tests.e2e.letters import letters_of
from tests.films import film

CLIENT = Path(__file__).with_name("whip-whep") / "whip.js"

PUBLISH = """
async ([module, endpoint, token]) => {
  const { WHIPClient } = await import(module);
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  connection.addTransceiver(stream.getVideoTracks()[0], { direction: "sendonly" });
  window.client = new WHIPClient();
  await window.client.publish(connection, endpoint, token);
}
"""


async def test_it_publishes_a_word_and_leaves(chromium: Chromium, tmp_path: Path) -> None:
    """Offer, trickled candidates and the end of the session are its own; LOVE is read, and DELETE ends the camera."""
    assert json.loads((CLIENT.parent / "package.json").read_text())["version"] == "1.2.0"
    played = film("LOVE")
    with running_server(tmp_path) as desk:
        async with chromium.with_camera(played) as browser, asyncio.timeout(90):
            page = await browser.new_page()
            asked: list[tuple[str, int]] = []
            page.on("response", lambda answer: asked.append((answer.request.method, answer.status)))

            async def give(route: Route) -> None:
                await route.fulfill(body=CLIENT.read_text(), content_type="text/javascript")

            await page.route("**/whip-client.js", give)
            await page.goto(desk.link("/view/main"))
            await page.evaluate(
                PUBLISH, [f"{desk.url}/whip-client.js", f"{desk.url}/whip?room=main", desk.publish_token]
            )
            await letters_of(desk.url, "LOVE")
            await page.evaluate("window.client.stop()")
            while ("DELETE", 200) not in asked:  # noqa: ASYNC110 - the browser tells when it was answered
                await asyncio.sleep(0.05)
            assert ("POST", 201) in asked
            assert ("PATCH", 204) in asked
            assert all(status < 400 for _, status in asked), asked

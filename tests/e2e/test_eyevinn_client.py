"""A WHIP publisher nobody here wrote: @eyevinn/whip-web-client 1.1.7 from npm (Apache-2.0), on a page elsewhere."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from playwright.async_api import Page, Route

from tests.e2e.desk import Chromium, running_server
from tests.e2e.letters import letters_of
from tests.films import film

FOLDER = Path(__file__).with_name("eyevinn-whip")
CLIENT = FOLDER / "whip-web-client"

LEAD_S = 8
"""The client waits for 2 s for the browser's candidates before it sends its offer, and a loaded computer longer."""

PAGE = """<!doctype html><title>Ingest</title>
<script type="importmap">{"imports": {"events": "/events.js", "sdp-transform": "/sdp-transform.js"}}</script>"""

PUBLISH = """
async ([endpoint, authkey]) => {
  const { WHIPClient } = await import("/whip-client.modern.js");
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } });
  window.client = new WHIPClient({ endpoint, opts: { authkey, iceServers: [] } });
  await window.client.setIceServersFromEndpoint();
  await window.client.ingest(stream);
}
"""


async def test_it_publishes_a_word_and_leaves(chromium: Chromium, tmp_path: Path) -> None:
    """From a page of another origin it asks for the ICE servers, offers, and ends; LOVE is read exactly."""
    assert json.loads((CLIENT / "package.json").read_text())["version"] == "1.1.7"
    with running_server(tmp_path) as desk:
        async with chromium.with_camera(film("LOVE", lead_s=LEAD_S)) as browser, asyncio.timeout(90):
            page = await browser.new_page(permissions=["local-network-access"])
            asked: list[tuple[str, int]] = []
            page.on("response", lambda answer: asked.append((answer.request.method, answer.status)))
            elsewhere = desk.url.replace("localhost", "127.0.0.1")
            await _serve(page, elsewhere)
            await page.goto(f"{elsewhere}/ingest.html")
            await page.evaluate(PUBLISH, [f"{desk.url}/whip?room=main", desk.publish_token])
            await letters_of(desk.url, "LOVE")
            await page.evaluate("window.client.destroy()")
            while ("DELETE", 200) not in asked:  # noqa: ASYNC110 - the browser tells when it was answered
                await asyncio.sleep(0.05)
    assert ("POST", 201) in asked
    assert all(status < 400 for _, status in asked), asked


async def _serve(page: Page, origin: str) -> None:
    """Give the client's files, unchanged, under an origin; its dependencies are CommonJS and become ES modules."""
    files = {
        "ingest.html": PAGE,
        "whip-client.modern.js": (CLIENT / "whip-client.modern.js").read_text(),
        "events.js": _as_es_module("events", "EventEmitter"),
        "sdp-transform.js": _as_es_module("index", "parse, write"),
    }

    async def give(route: Route) -> None:
        name = route.request.url.rpartition("/")[2]
        await route.fulfill(body=files[name], content_type="text/html" if name.endswith("html") else "text/javascript")

    for name in files:
        await page.route(f"{origin}/{name}", give)


def _as_es_module(main: str, exported: str) -> str:
    folder = FOLDER / ("sdp-transform" if main == "index" else main)
    modules = ",".join(
        f"{json.dumps('./' + file.stem)}: (module, exports, require) => {{ {file.read_text()} }}"
        for file in sorted(folder.glob("*.js"))
    )
    return f"""
const modules = {{ {modules} }};
function require(name) {{
  const module = {{ exports: {{}} }};
  modules[name](module, module.exports, require);
  return module.exports;
}}
export const {{ {exported} }} = require({json.dumps("./" + main)});
"""

"""docs/examples: each runs against the real server."""

from __future__ import annotations

import asyncio
import os
import sys

from playwright.async_api import Page, Route

from streamsign.recognition.events import Commit
from tests.conftest import ROOT
from tests.e2e.desk import browser_with_camera
from tests.server.conftest import Running, running

EXAMPLES = ROOT / "docs" / "examples"

__all__ = ["running"]  # the fixture


async def _sign(running: Running, letter: str) -> None:
    room = await running.server.rooms.get("main")
    room.publish_letter("a", Commit(letter, 0.9, room.clock(), room.clock()))


async def test_python(running: Running) -> None:
    """It prints each letter with its certainty and the text so far."""
    await _sign(running, "L")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(EXAMPLES / "watch.py"),
        running.url,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"STREAMSIGN_STATE_DIR": str(running.server.settings.state_dir)},
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        assert (await process.stdout.readline()).decode() == "L  90%  L\n"
        await _sign(running, "O")
        assert (await process.stdout.readline()).decode() == "O  90%  LO\n"
    process.terminate()
    await process.wait()


async def test_javascript(running: Running, chromium_path: str) -> None:
    """In a browser it hears the letters, and after a broken connection those it missed, each once."""
    await _sign(running, "L")
    async with browser_with_camera(chromium_path) as browser, asyncio.timeout(60):
        page = await browser.new_page()

        async def give(route: Route) -> None:
            await route.fulfill(body=(EXAMPLES / "watch.js").read_text(), content_type="text/javascript")

        await page.route("**/watch.js", give)
        await page.goto(f"{running.url}/view/other")
        await page.evaluate(
            """async ([url, token]) => {
              const { watch } = await import("/watch.js");
              window.heard = "";
              watch(url, (event) => { if (event.type === "letter") window.heard += event.letter; }, token);
            }""",
            [running.url.replace("http", "ws") + "/captions/main", running.server.access.view_token],
        )
        await _heard(page, "L")
        (await running.server.rooms.get("main")).close("The viewer fell behind.")
        await _sign(running, "O")
        await _heard(page, "LO")


async def _heard(page: Page, letters: str) -> None:
    while await page.evaluate("window.heard") != letters:  # noqa: ASYNC110 - another process knows
        await asyncio.sleep(0.05)

"""The way from lens to screen, measured with a real browser's clock and screen."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import expect

from streamsign.captions.events import Letter
from streamsign.client.camera import publish
from streamsign.demo.video import Film
from tests.e2e.desk import Chromium, open_page, running_server
from tests.films import FPS, HEIGHT, WIDTH, rendered

STAGES = ("wait", "locate", "crop", "classify", "filter", "publish", "send", "paint")
"""What every camera and every visible page have."""


def _film(word: str) -> Film:
    return rendered(word, fps=FPS, width=WIDTH, height=HEIGHT)


async def test_the_host_page_shows_where_time_goes(chromium: Chromium, tmp_path: Path) -> None:
    """While a film is read, the page draws both bars and names each stage; its own painting is one of them."""
    with running_server(tmp_path) as desk:
        async with chromium.with_camera() as browser, desk.http() as http:
            host = await open_page(browser, desk.link())
            await expect(host.page.locator("#latency-words")).to_have_text("Times appear while a camera is sending.")
            await expect(host.page.locator("#way")).to_be_hidden()
            film = _film("LO")
            events = await publish(desk.url, film, token=desk.publish_token)
            letters = [event for event in events if isinstance(event, Letter)]
            table = host.page.locator("#latency")
            await expect(table).to_contain_text("Sending and drawing")
            await expect(table).to_contain_text("Classifying the hand shape")
            await expect(host.page.locator("#latency-words")).to_contain_text(
                re.compile(rf"frames, {len(letters)} letters? shown on screens")
            )
            widths = await host.page.eval_on_selector_all(
                "#way .stages",
                "bars => bars.map(bar => [...bar.children].map(part => parseFloat(part.style.width) || 0))",
            )
            recent = (await http.get("/api/latency")).json()["recent"]
    assert "".join(letter.letter for letter in letters) == "LO"
    assert len(widths) == 2
    assert all(0 < sum(bar) <= 100.1 for bar in widths)
    for stage in STAGES:
        assert recent[stage]["n"] > 0
        assert 0 <= recent[stage]["p50"] <= recent[stage]["p95"] <= recent[stage]["p99"]
    assert recent["paint"]["n"] == len(letters)
    assert host.complaints == []
    assert host.strangers == []


async def test_a_hidden_page_reports_no_painting(chromium: Chromium, tmp_path: Path) -> None:
    """A letter nobody can see is sent but not painted, and turning to the page later does not make it a slow one."""
    with running_server(tmp_path) as desk:
        async with chromium.with_camera() as browser, desk.http() as http:
            host = await open_page(browser, desk.link())
            await expect(host.page.locator("#connection")).to_have_text("Connected")
            await host.page.evaluate(
                "Object.defineProperty(document, 'hidden', { get: () => true, configurable: true });"
                "document.dispatchEvent(new Event('visibilitychange'))"
            )
            letters = await publish(desk.url, _film("L"), token=desk.publish_token)
            await expect(host.page.locator("#text")).to_have_text("L")
            await host.page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
            await host.page.evaluate("new Promise(requestAnimationFrame)")
            recent = (await http.get("/api/latency")).json()["recent"]
    assert any(isinstance(event, Letter) for event in letters)
    assert recent["send"]["n"] == 1
    assert recent["paint"]["n"] == 0

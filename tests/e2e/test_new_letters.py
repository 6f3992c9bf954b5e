"""A new alphabet as a new user makes it: record five letters on the page, train, serve, and read a word."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.cli.commands import run
from tests.e2e.desk import Chromium, Desk, open_page, running_server
from tests.films import film

pytestmark = [pytest.mark.real_time, pytest.mark.slow]

SHOWN = {"L": "L", "O": "O", "A": "A", "W": "W", "NG": "Y"}
"""Labels, and the letter that the rendered hand shows for each; one label has two characters."""

ENOUGH = 16
"""Pictures of a letter after which the next one is recorded."""

STEP_S = 180
"""How long a step may take on a loaded computer."""


async def _record(page: Page, desk: Desk, label: str) -> None:
    """Agree, record a letter until there are enough pictures of it, and stop."""
    await page.check("#agreed")
    await page.click("#agree")
    await expect(page.locator("#go")).to_be_enabled(timeout=1000 * STEP_S)
    await page.fill("#letters input", label)
    await page.click("#letters button")
    await page.click("#go")
    until_s = time.monotonic() + STEP_S
    async with desk.http() as http:
        while (await http.get("/api/collect/pictures", params={"letter": label, "limit": 0})).json()["total"] < ENOUGH:
            assert time.monotonic() < until_s, await page.locator("#result").text_content()
            await page.wait_for_timeout(500)
    await page.click("#stop")
    await expect(page.locator("#consent")).to_be_visible()


async def test_five_letters_are_recorded_trained_and_read(
    chromium: Chromium, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command is the one of the documentation; the times of the steps are printed."""
    took: dict[str, float] = {}
    began_s = time.monotonic()
    with running_server(tmp_path) as desk:
        async with chromium.with_camera() as browser:
            page = (await open_page(browser, desk.link("/collect"))).page
            for number, (label, shown) in enumerate(SHOWN.items()):
                chromium.play(film(4 * shown, seed=number))
                await _record(page, desk, label)
    took["record"] = time.monotonic() - began_s
    model = tmp_path / "models" / "mine"
    began_s = time.monotonic()
    assert str(model) in run("train", tmp_path / "state" / "collected", "--out", model, width=200)
    took["train"] = time.monotonic() - began_s
    began_s = time.monotonic()
    monkeypatch.setenv("STREAMSIGN_MODEL", str(model))
    (tmp_path / "again").mkdir()
    with running_server(tmp_path / "again") as desk:
        async with chromium.with_camera(film("LOY", seed=9)) as browser:
            page = (await open_page(browser, desk.link())).page
            await page.click("#own-camera")
            await expect(page.locator("#text")).to_contain_text("LONG", timeout=1000 * STEP_S)
    took["serve and read"] = time.monotonic() - began_s
    print(" · ".join(f"{step}: {seconds:.0f} s" for step, seconds in took.items()))  # noqa: T201

"""The page that records hands: consent, two letters, review, deletion, export."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from streamsign.collection.folder import CollectedHands
from tests.collection.pictures import archived, picture
from tests.e2e.desk import Chromium, Desk, open_page
from tests.films import film

LAN = True  # the server has its listener for phones

LETTERS = ("C", "L")


async def _paired(browser: Browser, desk: Desk) -> Page:
    phone = await open_page(browser, await desk.paired_link("main"), 390, 844)
    await phone.page.click("#collect")
    await expect(phone.page.locator("#consent-title")).to_be_visible()
    return phone.page


async def test_a_paired_phone_records_two_letters_after_consent_and_deletes_them(
    desk: Desk, chromium: Chromium, tmp_path: Path
) -> None:
    """Without the check mark nothing starts; takes are reviewed, deleted one by one, exported, and deleted all."""
    async with chromium.with_camera(film("LLLLLL")) as browser:
        page = await _paired(browser, desk)
        page.on("dialog", lambda dialog: dialog.accept())
        await expect(page.locator("#agree")).to_be_disabled()
        async with desk.http() as http:
            assert (await http.get("/api/collect/pictures")).json()["total"] == 0
        await page.check("#agreed")
        await page.click("#agree")
        await expect(page.locator("#go")).to_be_enabled(timeout=60_000)
        await page.fill("#letters input", " ".join(LETTERS))
        await page.click("#letters button")
        await page.click("#go")
        for letter in LETTERS:
            await expect(page.locator("#stored")).to_contain_text(f"{letter} ", timeout=60_000)
        await page.click("#stop")
        await expect(page.locator("#consent")).to_be_visible()
        shown = page.locator("#pictures button")
        await expect(shown.first).to_be_visible()
        await page.wait_for_timeout(4000)  # a take that had begun is dropped, not stored
        await page.reload()
        await expect(shown.first).to_be_visible()
        before = await shown.count()
        await shown.first.click()
        await expect(shown).to_have_count(before - 1)
        async with page.expect_download() as downloading:
            await page.click("#export")
        target = tmp_path / "hands.zip"
        await (await downloading.value).save_as(target)
        with zipfile.ZipFile(target) as archive:
            rows = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode())))
            assert {row["letter"] for row in rows} == set(LETTERS)
            assert {row["room"] for row in rows} == {"main"}
            assert {*archive.namelist()} == {"manifest.csv", *(row["file"] for row in rows)}
            assert len(rows) == before - 1
        await page.click("#delete-all")
        await expect(page.locator("#stored")).to_have_text("No pictures are stored.")
        async with desk.http() as http:
            assert (await http.get("/api/collect/pictures")).json()["total"] == 0


async def test_the_owner_checks_the_pictures(desk: Desk, chromium: Chromium, tmp_path: Path) -> None:
    """The owner imports an archive, sees what to record next, and deletes a picture that repeats another signer's."""
    hands = CollectedHands(tmp_path / "own")
    hands.add([picture("C", "s-1", seed=1), picture("C", "s-2", seed=1), picture("L", seed=2)])
    archive = archived(hands, tmp_path / "hands.zip")
    async with chromium.with_camera() as browser:
        owner = await open_page(browser, desk.link("/collect"))
        page = owner.page
        page.on("dialog", lambda dialog: dialog.accept())
        await page.set_input_files("#import input", archive)
        await expect(page.locator("#stored")).to_contain_text("3 pictures are stored: C 2")
        await page.click("#check-now")
        await expect(page.locator("#next")).to_contain_text("L (1): 19 more pictures", timeout=60_000)
        repeated = page.locator("#doubted button[title*='of another signer']")
        await expect(repeated).to_have_count(1)
        await repeated.click()
        await expect(page.locator("#stored")).to_contain_text("2 pictures are stored: C 1")
        await page.click("#delete-all")
        await expect(page.locator("#stored")).to_have_text("No pictures are stored.")
        assert owner.strangers == owner.complaints == []

"""The page that records hands: consent, two letters, review, deletion, export."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from streamsign.collection.folder import CollectedHands
from streamsign.collection.names import LETTER, LETTER_RULE
from tests.collection.pictures import archived, collect, picture
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
        gone = f"Deleted: {before - 1} pictures. No pictures are stored."
        await expect(page.locator("#stored")).to_have_text(gone)
        await _shows_nothing_of_before(page)
        await page.reload()
        await expect(page.locator("#stored")).to_have_text("No pictures are stored.")
        await _shows_nothing_of_before(page)
        async with desk.http() as http:
            assert (await http.get("/api/collect/pictures")).json()["total"] == 0


async def _shows_nothing_of_before(page: Page) -> None:
    for part in ("#pictures li", "#doubted li"):
        await expect(page.locator(part)).to_have_count(0)
    for part in ("#report", "#adapt-now", "#adapt-signer", "#revert", "#same-person"):
        await expect(page.locator(part)).to_be_hidden()
    await expect(page.locator("#adapted")).to_have_text("This room is read with the model as it is.")


async def test_deleting_everything_while_recording_ends_it(desk: Desk, chromium: Chromium, tmp_path: Path) -> None:
    """The page returns to the consent, and shows nothing of the check and the adaptation that were made before."""
    collect(tmp_path / "own", {"V": "L", "C": "C"}, 9)
    archive = archived(CollectedHands(tmp_path / "own"), tmp_path / "hands.zip")
    async with chromium.with_camera(film("L")) as browser:
        owner = await open_page(browser, desk.link("/collect"))
        page = owner.page
        page.on("dialog", lambda dialog: dialog.accept())
        await page.set_input_files("#import input", archive)
        await expect(page.locator("#stored")).to_contain_text("Imported: 18 pictures.")
        await page.click("#check-now")
        await expect(page.locator("#report")).to_be_visible(timeout=60_000)
        await page.click("#adapt-now")
        await expect(page.locator("#adapted")).to_contain_text("This room is adapted.", timeout=60_000)
        await page.check("#agreed")
        await page.click("#agree")
        await expect(page.locator("#go")).to_be_enabled(timeout=60_000)
        await page.click("#delete-all")
        await expect(page.locator("#stored")).to_contain_text("Deleted: 18 pictures, 1 adaptation.")
        await expect(page.locator("#consent")).to_be_visible()
        await _shows_nothing_of_before(page)
        assert owner.strangers == owner.complaints == []


LABELS = (
    *("A", "ng", "NG", "5", "2a", "A-B", "D'", "a_b", "字", "é", "½", "Ǳ", "ก"),
    *("_A", "-A", "../x", "A/B", "A.B", "A" * 16, "A" * 17),
)


async def test_the_page_takes_the_letters_that_the_server_takes(desk: Desk, chromium: Chromium) -> None:
    """The field has the server's rule; a letter that breaks it, or is listed twice, is shown and changes nothing."""
    async with chromium.with_camera() as browser:
        page = (await open_page(browser, desk.link("/collect"), 390, 844)).page
        await page.check("#agreed")
        await page.click("#agree")
        field, target = page.locator("#named"), page.locator("#target")
        await expect(field).to_be_visible()
        await expect(page.locator("#rule")).to_have_text(LETTER_RULE)
        for label in LABELS:
            await field.fill(label)
            await page.click("#letters button")
            if LETTER.fullmatch(label):
                shown = label.upper() if label.upper() in "CELOV" else label
                await expect(target).to_have_text(shown)
                await expect(page.locator("#notice")).to_be_hidden()
            else:
                await expect(page.locator("#notice strong")).to_have_text(f"'{label}' cannot be a letter.")
                await expect(page.locator("#notice span")).to_have_text(LETTER_RULE)
                await expect(target).not_to_have_text(label)
        await field.fill("C L c")
        await page.click("#letters button")
        await expect(page.locator("#notice strong")).to_have_text("'C' is listed twice.")
        await field.fill("c l")
        await page.click("#letters button")
        await expect(field).to_have_value("C L")
        await expect(page.locator("#clock")).to_have_text("Takes left: 14")


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
        await expect(page.locator("#stored")).to_contain_text("Imported: 3 pictures. 3 pictures stored: C 2")
        await page.click("#check-now")
        await expect(page.locator("#next")).to_contain_text("L (1): 19 more pictures", timeout=60_000)
        repeated = page.locator("#doubted button[title*='of another signer']")
        await expect(repeated).to_have_count(1)
        await repeated.click()
        await expect(page.locator("#stored")).to_contain_text("2 pictures stored: C 1")
        await page.click("#delete-all")
        await expect(page.locator("#stored")).to_have_text("Deleted: 2 pictures. No pictures are stored.")
        assert owner.strangers == owner.complaints == []

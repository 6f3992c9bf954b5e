"""The signer's keys on a paired phone."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.e2e.desk import Chromium, Desk, open_page
from tests.films import film, held

LAN = True  # phones can be paired


async def test_the_phone_has_space_backspace_undo_and_words(desk: Desk, chromium: Chromium) -> None:
    """The signer corrects the text on the phone; a tapped word ends with a space, and no word moves the page."""
    async with chromium.with_camera(film("CELLO")) as browser:
        opened = await open_page(browser, await desk.paired_link("keys"), 390, 844)
        phone = opened.page
        await phone.click("#start")
        text = phone.locator("#text")
        await expect(phone.locator("#reads")).to_have_text("This model reads C E L O V")
        keys = await phone.locator("[data-edit=space]").bounding_box()
        await expect(text).to_have_text(re.compile("CELLO$"), timeout=60_000)
        cello = phone.locator("#words button", has_text=re.compile("^CELLO$"))
        await expect(cello).to_be_visible()
        assert await phone.locator("[data-edit=space]").bounding_box() == keys
        await cello.click()
        await expect(phone.locator("#said")).to_have_text("Word replaced")
        assert "CELLO " in (await text.text_content() or "")
        await phone.click("[data-edit=undo]")
        await expect(phone.locator("#said")).to_have_text("Change undone")
        for key, said in (("backspace", "Last letter removed"), ("space", "Space")):
            await phone.click(f"[data-edit={key}]")
            await expect(phone.locator("#said")).to_have_text(said)
        assert opened.complaints == []


async def test_a_phone_with_the_publish_token_only_sends(desk: Desk, chromium: Chromium) -> None:
    """A token that may not edit shows no keys that would be refused."""
    async with chromium.with_camera() as browser:
        phone = await open_page(browser, desk.phone_link("only"), 390, 844)
        await phone.page.click("#start")
        await expect(phone.page.locator("#connection")).to_have_text("Live", timeout=30_000)
        await expect(phone.page.locator("#signer")).to_be_hidden()
        assert phone.complaints == []


@pytest.mark.parametrize("on", ["phone", "host"])
async def test_an_unknown_shape_is_named_and_one_tap_changes_the_model(desk: Desk, chromium: Chromium, on: str) -> None:
    """A W held before a model of five letters says so on phone and host, where no key moves; one tap then reads W."""
    async with chromium.with_camera(held("W")) as browser, desk.http() as http:
        phone = (await open_page(browser, await desk.paired_link("shape"), 390, 844)).page
        host = (await open_page(browser, desk.link("/?room=shape"))).page
        await phone.click("#start")
        await expect(phone.locator("#connection")).to_have_text("Live", timeout=30_000)
        keys = await phone.locator("[data-edit=space]").bounding_box()
        pages = {"phone": phone, "host": host}
        for page in pages.values():
            await expect(page.locator("#unknown span")).to_have_text(
                "This shape is not one of this model's letters: C E L O V", timeout=30_000
            )
        assert await phone.locator("[data-edit=space]").bounding_box() == keys
        await pages[on].click("#unknown button")
        for page in pages.values():
            await expect(page.locator("#model")).to_have_value("alphabet")
            await expect(page.locator("#unknown")).to_be_hidden()
        await expect(phone.locator("#text")).to_contain_text("W", timeout=30_000)
        await phone.close()
        (await http.put("/api/model", json={"name": "celov"})).raise_for_status()

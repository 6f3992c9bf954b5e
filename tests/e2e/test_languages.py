"""The pages in another language: nothing English is left, and what is signed is not touched."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from playwright.async_api import expect

from streamsign.collection.folder import COLUMNS, CollectedHands
from tests.collection.pictures import archived, picture
from tests.e2e.desk import ROOT, Chromium, Desk

pytestmark = pytest.mark.pages

LEFT = """
(words) => {
  const left = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.data.trim().replace(/\\s+/g, " ");
    const kept = node.parentElement.closest("[translate=no], script, style");
    if (text in words && words[text] !== text && !kept) left.push(text);
  }
  return left;
}
"""


@pytest.mark.parametrize("place", ["", "phone", "view/main", "practice", "trust"])
async def test_an_indonesian_browser_gets_indonesian_pages(place: str, desk: Desk, chromium: Chromium) -> None:
    """Page, scripts and the server's own words are translated; the settings menu changes to English, which is kept."""
    words = json.loads((ROOT / "streamsign/server/web/lang/id.json").read_text(encoding="utf-8"))
    async with chromium.with_camera() as browser, desk.http() as http:
        context = await browser.new_context(locale="id-ID", viewport={"width": 320, "height": 640})
        page = await context.new_page()
        await page.goto(desk.link(f"/{place}") + ("#room=main&code=wrong" if place == "phone" else ""))
        await expect(page.locator("html")).to_have_attribute("lang", "id")
        await page.wait_for_load_state("networkidle") if place in ("phone", "trust") else None
        if place == "phone":
            await expect(page.locator("#notice strong")).to_have_text("Kode ini bukan dari komputer ini.")
        if place == "view/main":
            await expect(page.locator("#connection")).to_have_text("Langsung")
            (await http.post("/rooms/main/edits", json={"action": "space"})).raise_for_status()
            await expect(page.locator("#said")).to_have_text("Spasi")
        assert await page.evaluate(LEFT, words) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        await page.click(".preferences-button")
        await page.select_option(".preferences [name=language]", "en")
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        await page.reload()
        await expect(page.locator(".preferences [name=language]")).to_have_value("en")


async def test_recording_and_adapting_are_indonesian(desk: Desk, chromium: Chromium, tmp_path: Path) -> None:
    """States, refusals and import errors of the page that records: texts of their own, and one that its code has."""
    hands = CollectedHands(tmp_path / "own")
    hands.add([picture("C", "s-1", seed=1)])
    good, bad = archived(hands, tmp_path / "hands.zip"), tmp_path / "bad.zip"
    bad.write_bytes(b"no archive")
    wrong = tmp_path / "wrong.zip"
    with zipfile.ZipFile(wrong, "w") as made:
        made.writestr("manifest.csv", f"{','.join(COLUMNS)}\nx.webp\n")
    async with chromium.with_camera() as browser:
        context = await browser.new_context(locale="id-ID", viewport={"width": 390, "height": 844})
        page = await context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        await page.goto(desk.link("/collect"))
        stored, problem, step = page.locator("#stored"), page.locator("#notice strong"), page.locator("#notice span")
        await expect(stored).to_have_text("Tidak ada gambar yang disimpan.")
        await expect(page.locator("#import")).to_be_visible()
        await page.set_input_files("#import input", bad)
        await expect(problem).to_have_text("Berkas ini bukan berkas ZIP, atau rusak.")
        await expect(step).to_contain_text("Ekspor lagi dengan streamsign")
        await page.set_input_files("#import input", wrong)
        await expect(problem).to_have_text("manifest.csv di arsip, baris 2: arsip tidak berisi gambar 'x.webp'.")
        await page.set_input_files("#import input", good)
        await expect(stored).to_have_text("Diimpor: 1 gambar. 1 gambar tersimpan: C 1")
        await page.click("#adapt-now")
        await expect(problem).to_have_text(
            "Tidak ada huruf yang gambarnya cukup untuk penyesuaian (gambar dengan tangan (perlu 5): C 1).",
            timeout=60_000,
        )
        await expect(step).to_have_text("Rekam 5 gambar atau lebih untuk satu huruf.")
        refusal = '{"detail": "Something new.", "next_step": "Do it.", "reason": "adaptation_refused"}'
        await page.route("**/adaptation", lambda route: route.fulfill(status=409, body=refusal))
        await page.click("#adapt-now")
        await expect(problem).to_have_text("Penyesuaian ditolak; model tidak berubah.")
        await expect(step).to_have_text("")
        await page.unroute("**/adaptation")
        await page.click("#check-now")
        await expect(page.locator("#next")).to_contain_text("gambar lagi", timeout=60_000)
        words = json.loads((ROOT / "streamsign/server/web/lang/id-hand.json").read_text(encoding="utf-8"))
        assert await page.evaluate(LEFT, words) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await page.click("#delete-all")
        await expect(stored).to_have_text("Dihapus: 1 gambar. Tidak ada gambar yang disimpan.")


async def test_an_unknown_address_is_a_page(desk: Desk, chromium: Chromium) -> None:
    """A browser that opens it reads in its own language what is wrong, and follows a link from there."""
    async with chromium.with_camera() as browser:
        page = await (await browser.new_context(locale="id-ID")).new_page()
        answer = await page.goto(f"{desk.url}/nothing")
        assert answer is not None
        assert answer.status == 404
        await expect(page.locator("h2").first).to_have_text("Tidak ada apa pun di alamat ini.")
        await page.click("a[href='/view/main']")
        await expect(page.locator("#connection")).to_have_text("Ditolak")
        await expect(page.locator("#notice span")).to_contain_text("salah; buka lagi tautan penonton. Minta tautan")

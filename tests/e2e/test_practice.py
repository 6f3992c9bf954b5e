"""The practice page: what is asked, what is read, and what is kept."""

from __future__ import annotations

from playwright.async_api import expect

from tests.e2e.desk import Chromium, Desk, open_page
from tests.films import film


async def test_a_letter_that_is_signed_counts(desk: Desk, chromium: Chromium) -> None:
    """Whatever is asked comes by in the film: it is read, timed and scored, kept in the browser, and no room's text."""
    async with chromium.with_camera(film("COLEV")) as browser:
        practice = await open_page(browser, desk.link("/practice"))
        page = practice.page
        await expect(page.locator("#target")).not_to_have_text("")
        asked = await page.locator("#target").get_attribute("aria-label")
        assert asked in ("C", "O", "L", "E", "V")
        await expect(page.locator("#drawn")).to_be_visible()
        await page.click("#start")
        await expect(page.locator("#progress li")).not_to_have_count(0, timeout=60_000)
        await expect(page.locator("#score")).to_contain_text("practiced")
        await page.click("#words")
        word = await page.locator("#target").get_attribute("aria-label")
        assert word is not None
        assert len(word) > 2
        assert practice.strangers == practice.complaints == []
        await page.reload()
        await expect(page.locator("#progress li")).not_to_have_count(0)
        await page.click("#forget")
        await expect(page.locator("#progress li")).to_have_count(0)
        viewer = await open_page(browser, desk.link("/view/main"))
        await expect(viewer.page.locator("#text")).to_have_text("")


DRILL = """
async () => {
  const { Drill } = await import("/static/drill.js");
  const kept = {};
  const store = { getItem: (key) => kept[key] ?? null, setItem: (key, value) => (kept[key] = value) };
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const plan = { letters: [..."CELOV"], hard_pairs: [["C", "O"]], words: ["LOVE", "COOL"] };
  const count = (drill) => {
    const times = { C: 0, E: 0, L: 0, O: 0, V: 0 };
    let last = "";
    for (let number = 0; number < 500; number += 1) {
      const next = drill.next(false);
      if (next === last) throw new Error("the same twice");
      times[last = next] += 1;
    }
    return times;
  };
  const drill = new Drill(plan, store, random);
  const fresh = count(drill);
  for (let number = 0; number < 10; number += 1) {
    for (const letter of "CELO") drill.tried(letter, true, 900);
    drill.tried("V", false, 5000);
  }
  const learnt = count(new Drill(plan, store, random));
  return { fresh, learnt, word: drill.next(true) };
}
"""


async def test_what_is_hard_comes_first(desk: Desk, chromium: Chromium) -> None:
    """At first the pair the model mistakes, later what this person gets wrong; never the same twice in a row."""
    async with chromium.with_camera() as browser:
        practice = await open_page(browser, desk.link("/practice"))
        found = await practice.page.evaluate(DRILL)
    assert min(found["fresh"][letter] for letter in "CO") > max(found["fresh"][letter] for letter in "ELV")
    assert found["learnt"]["V"] > 2 * max(found["learnt"][letter] for letter in "CELO")
    assert found["word"] in ("LOVE", "COOL")

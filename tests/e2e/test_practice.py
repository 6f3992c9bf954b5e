"""The practice page: what is asked, what is read, what is advised, and what is kept."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import Dialog, Route, expect

from tests.e2e.desk import Chromium, Desk, open_page
from tests.films import film

LAN = True  # the server has its listener for phones


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
        await page.click("[data-mode=words]")
        word = await page.locator("#target").get_attribute("aria-label")
        assert word is not None
        assert len(word) > 2
        assert practice.strangers == practice.complaints == []
        await page.reload()
        await expect(page.locator("#progress li")).not_to_have_count(0)
        questions: list[str] = []

        async def answer(dialog: Dialog) -> None:
            questions.append(dialog.message)
            await (dialog.accept() if len(questions) == 2 else dialog.dismiss())

        page.on("dialog", answer)
        await page.click("#forget")
        await expect(page.locator("#progress li")).not_to_have_count(0)
        await page.click("#forget")
        await expect(page.locator("#progress li")).to_have_count(0)
        assert questions == 2 * ["Delete all progress in this browser? This cannot be undone."]
        viewer = await open_page(browser, desk.link("/view/main"))
        await expect(viewer.page.locator("#text")).to_have_text("")


async def test_a_paired_phone_practices(desk: Desk, chromium: Chromium) -> None:
    """From the camera's page: hand and own picture lie side by side on 320 pixels, and its letters are read."""
    async with chromium.with_camera(film("COLEV")) as browser:
        phone = await open_page(browser, await desk.paired_link("main"), 320, 568)
        page = phone.page
        await page.click("#practice")
        await expect(page.locator("#drawn")).to_be_visible()
        await expect(page.locator("#back")).to_have_attribute("href", "/phone")
        await page.click("#start")
        await expect(page.locator("#progress li")).not_to_have_count(0, timeout=60_000)
        hand, own = [await page.locator(each).bounding_box() for each in ("#copy", "#stage")]
        assert hand is not None
        assert own is not None
        assert hand["x"] + hand["width"] <= own["x"]
        assert max(hand["y"], own["y"]) < min(hand["y"] + hand["height"], own["y"] + own["height"])
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        async with desk.http() as http:
            rooms = (await http.get("/api/rooms")).json()
        assert not [each["name"] for each in rooms if each["name"].startswith("practice-")]


async def test_recall_hides_the_hand_until_it_is_asked_for(desk: Desk, chromium: Chromium) -> None:
    """From memory shows the letter alone; a press shows its hand; a left hand is the mirror image of a right one."""
    async with chromium.with_camera() as browser:
        page = (await open_page(browser, desk.link("/practice"))).page
        await expect(page.locator("#drawn")).to_be_visible()
        await page.click("#memory")
        await expect(page.locator("#drawn")).to_be_hidden()
        await page.click("#show")
        await expect(page.locator("#drawn")).to_be_visible()
        turned = await page.locator("#drawn").evaluate("e => getComputedStyle(e).transform")
        await page.click("#left")
        assert {turned, await page.locator("#drawn").evaluate("e => getComputedStyle(e).transform")} == {
            "none", "matrix(-1, 0, 0, 1, 0, 0)",
        }  # fmt: skip


async def test_a_wrong_letter_brings_advice(desk: Desk, chromium: Chromium) -> None:
    """While another letter is asked, a held O reads as O, with the difference where it is known."""
    async with chromium.with_camera(film("OV")) as browser:
        page = (await open_page(browser, desk.link("/practice"))).page
        await expect(page.locator("#target")).not_to_have_text("")
        while await page.locator("#target").get_attribute("aria-label") != "C":
            await page.click("#skip")
        await page.click("#start")
        await expect(page.locator("#verdict")).to_have_text("That reads as O.", timeout=60_000)
        await expect(page.locator("#advice")).to_have_text("Leave a gap between the fingertips and the thumb.")


CHEERS = """
() => {
  window.cheers = [];
  const target = document.getElementById("target");
  new MutationObserver(() => {
    if (!target.classList.contains("cheer")) return;
    const moving = getComputedStyle(target.querySelector("span")).animationName;
    window.cheers.push([document.getElementById("verdict").textContent, moving]);
  }).observe(target, { attributes: true });
}
"""


async def test_a_finished_word_is_celebrated(desk: Desk, chromium: Chromium) -> None:
    """The word and its time are said and its letters move; a person who wants less motion sees no movement."""
    async with chromium.with_camera(film("LOVE")) as browser:
        pages = []
        for motion in ("no-preference", "reduce"):
            page = (await open_page(browser, desk.link("/practice"))).page
            await page.emulate_media(reduced_motion="reduce" if motion == "reduce" else "no-preference")
            await page.route("**/practice/plan*", _only_love)
            await page.reload()
            await page.evaluate(CHEERS)
            await page.click("[data-mode=words]")
            await expect(page.locator("#target")).to_have_attribute("aria-label", "LOVE")
            await page.click("#start")
            pages.append((page, "none" if motion == "reduce" else "hop"))
        for page, moving in pages:
            async with asyncio.timeout(90):
                while not (cheers := await page.evaluate("window.cheers")):  # noqa: ASYNC110 - the page knows
                    await asyncio.sleep(0.2)
            assert re.fullmatch(r"LOVE spelled in \d+\.\d s\.", cheers[0][0])
            assert cheers[0][1] == moving


async def _only_love(route: Route) -> None:
    response = await route.fetch()
    await route.fulfill(response=response, json=await response.json() | {"words": ["LOVE"]})


DRILL = """
async () => {
  const { Drill } = await import("/static/drill.js");
  const kept = {};
  const store = { getItem: (key) => kept[key] ?? null, setItem: (key, value) => (kept[key] = value) };
  let day = 100;
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const plan = { letters: [..."CELOV"], hard_pairs: [["C", "O"]], words: ["LOVE", "COOL"] };
  const count = (drill) => {
    const times = { C: 0, E: 0, L: 0, O: 0, V: 0 };
    let last = "";
    for (let number = 0; number < 500; number += 1) {
      const next = drill.next();
      if (next === last) throw new Error("the same twice");
      times[last = next] += 1;
    }
    return times;
  };
  const today = () => day;
  const drill = new Drill(plan, store, random, today);
  const fresh = count(drill);
  for (let number = 0; number < 10; number += 1) {
    for (const letter of "CELO") drill.tried(letter, [], 900);
    drill.tried("V", ["E", "L"], 5000);
  }
  const learnt = count(new Drill(plan, store, random, today));
  return { fresh, learnt, pairs: drill.pairs, word: drill.next(plan.words) };
}
"""


async def test_what_is_hard_comes_first(desk: Desk, chromium: Chromium) -> None:
    """At first the pair the model mistakes, later the pair that this person mixes up; never the same twice in a row."""
    async with chromium.with_camera() as browser:
        practice = await open_page(browser, desk.link("/practice"))
        found = await practice.page.evaluate(DRILL)
    assert min(found["fresh"][letter] for letter in "CO") > max(found["fresh"][letter] for letter in "ELV")
    assert min(found["learnt"][letter] for letter in "LV") > 2 * max(found["learnt"][letter] for letter in "CEO")
    assert found["pairs"] == ["L V"]
    assert found["word"] in ("LOVE", "COOL")


DIGRAPHS = """
async () => {
  const { Drill } = await import("/static/drill.js");
  const kept = { practice: JSON.stringify({ letters: {}, mixups: { AN: 2 } }) };
  const store = { getItem: (key) => kept[key] ?? null, setItem: (key, value) => (kept[key] = value) };
  const drill = new Drill({ letters: ["A", "N", "NG", "T"], hard_pairs: [], words: ["TANGAN"] }, store);
  const before = drill.pairs;
  for (let number = 0; number < 5; number += 1) drill.tried("NG", ["T", "T"], 900);
  return [drill.spelled("TANGAN"), drill.spelled("NG"), before, drill.pairs, drill.next(["TANGAN"])];
}
"""


async def test_letters_of_several_characters_are_practiced(desk: Desk, chromium: Chromium) -> None:
    """TANGAN is five letters where NG is one; pairs are kept with a space, and older ones without it are read."""
    async with chromium.with_camera() as browser:
        practice = await open_page(browser, desk.link("/practice"))
        found = await practice.page.evaluate(DIGRAPHS)
    assert found == [["T", "A", "NG", "A", "N"], ["NG"], ["A N"], ["NG T", "A N"], "TANGAN"]


ROWS = """
async () => {
  const { Drill } = await import("/static/drill.js");
  let day = 100;
  const store = { getItem: () => null, setItem: () => {} };
  const drill = new Drill({ letters: [..."CELOV"], hard_pairs: [], words: [] }, store, Math.random, () => day);
  const seen = [];
  const look = () => seen.push([drill.kept.streak, drill.kept.best, drill.days, drill.pairs.join()]);
  drill.tried("C", ["O", "E", "O"], 900); look();
  drill.tried("C", ["O"], 900); look();
  day = 101; drill.tried("C", ["O", "E"], 900); look();
  drill.tried("E", [], 900, true); look();
  day = 103; look();
  return [...seen, [drill.minuteEnded(7), drill.minuteEnded(5), drill.kept.minute]];
}
"""


async def test_the_first_mistake_does_not_count(desk: Desk, chromium: Chromium) -> None:
    """Rows, days and hard pairs: the first mistake and a new letter cost nothing, the second mistake ends the row."""
    async with chromium.with_camera() as browser:
        practice = await open_page(browser, desk.link("/practice"))
        assert await practice.page.evaluate(ROWS) == [
            [1, 1, 1, ""],
            [2, 2, 1, ""],
            [0, 2, 2, "C E"],
            [0, 2, 2, "C E"],
            [0, 2, 0, "C E"],
            [True, False, 7],
        ]

"""The pages by themselves: what they say when something is missing, and that they fit a small screen."""

from __future__ import annotations

import asyncio
import gzip
import re
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import WebSocketRoute, expect

from streamsign.captions.events import Edit
from streamsign.client.captions import watch
from streamsign.recognition.framing import guide_square
from tests.e2e.desk import ROOT, Chromium, Desk, open_page
from tests.server.pages.hand_files import HAND_FILES

pytestmark = pytest.mark.pages


async def test_phone_page_without_or_with_a_wrong_token(desk: Desk, chromium: Chromium) -> None:
    """A phone link without its key, or with an old one, says to scan the code again."""
    async with chromium.with_camera() as browser:
        bare = await open_page(browser, f"{desk.url}/phone", 390, 844)
        await expect(bare.page.locator("#notice")).to_contain_text("Scan the QR code")
        await expect(bare.page.locator("#start")).to_be_disabled()
        assert bare.complaints == []
        old = await open_page(browser, f"{desk.url}/phone#room=main&token=of-yesterday", 390, 844)
        await old.page.click("#start")
        await expect(old.page.locator("#notice")).to_contain_text("Scan the QR code")
        await expect(old.page.locator("#start")).to_be_visible()


async def test_view_page_resumes(desk: Desk, chromium: Chromium) -> None:
    """A viewer whose connection breaks comes back and asks only for what it missed."""
    async with chromium.with_camera() as browser, desk.http() as http:
        page = await (await browser.new_context()).new_page()
        sockets: list[WebSocketRoute] = []

        def through(socket: WebSocketRoute) -> None:
            sockets.append(socket)
            socket.connect_to_server()

        await page.route_web_socket(re.compile("/captions/resume"), through)
        await page.goto(f"{desk.url}/view/resume#token={desk.view_token}")
        assert desk.view_token not in page.url
        await expect(page.locator("#connection")).to_have_text("Live")
        (await http.post("/rooms/resume/edits", json={"action": "space"})).raise_for_status()
        await expect(page.locator("#said")).to_have_text("Space")
        await sockets[0].close(code=1012)
        (await http.post("/rooms/resume/edits", json={"action": "clear"})).raise_for_status()
        await expect(page.locator("#said")).to_have_text("Text cleared")
        await expect(page.locator("#connection")).to_have_text("Live")
    assert len(sockets) == 2
    assert parse_qs(urlsplit(sockets[1].url).query)["after"] == ["1"]
    assert all(desk.view_token not in socket.url for socket in sockets)


async def test_pages_fit_a_small_screen(desk: Desk, chromium: Chromium) -> None:
    """At 320 pixels no page scrolls sideways, every control is 44 pixels high, and nothing comes from elsewhere.

    Dark pages differ in colors alone (test_looks.py).
    """
    links = [desk.link(), desk.phone_link("main"), desk.link("/view/main"), f"{desk.url}/trust"]
    async with chromium.with_camera() as browser:
        for link in links:
            opened = await open_page(browser, link, 320, 640)
            await expect(opened.page.locator("#connection, #fingerprint")).not_to_have_text(["Connecting"])
            assert await opened.page.evaluate("document.documentElement.scrollWidth") <= 320
            for button in await opened.page.locator("button:visible").all():
                box = await button.bounding_box()
                assert box is not None
                assert min(box["width"], box["height"]) >= 44
            assert opened.strangers == []
            assert opened.complaints == []
            await opened.leave()


async def test_edits_on_the_host_page_reach_a_viewer(desk: Desk, chromium: Chromium) -> None:
    """Space, Backspace and Clear, pressed on the host page, reach a program on the websocket in that order."""
    actions: list[str] = []
    async with chromium.with_camera() as browser:
        host = await open_page(browser, desk.link())
        await expect(host.page.locator("#own-camera")).to_be_enabled()
        for action in ("space", "backspace", "clear"):
            async with host.page.expect_response("**/rooms/main/edits") as answered:
                await host.page.click(f"[data-edit={action}]")
            assert (await answered.value).ok
        async with asyncio.timeout(20):
            events = watch(desk.link("/view/main"), token=desk.view_token)
            async for event in events:
                if isinstance(event, Edit):
                    actions.append(event.action)
                    if len(actions) == 3:
                        break
            await events.aclose()
    assert actions == ["space", "backspace", "clear"]


async def test_guide_box_is_the_one_the_server_cuts(desk: Desk, chromium: Chromium) -> None:
    """The square drawn over a preview is the square the server reads, for wide and tall pictures with bars beside."""
    async with chromium.with_camera() as browser:
        opened = await open_page(browser, desk.link("/view/main"))
        for width, height in ((640, 480), (480, 640), (1280, 720)):
            drawn = await opened.page.evaluate(
                "async ([w, h]) => (await import('/static/guide.js')).guideRectangle(w / 2 + 60, h / 2, w, h)",
                [width, height],
            )
            square = guide_square(width, height)
            assert drawn["width"] * 2 == drawn["height"] * 2 == pytest.approx(square.side)
            assert (drawn["left"] - 30) * 2 + square.side / 2 == pytest.approx(square.center_x)
            assert drawn["top"] * 2 + square.side / 2 == pytest.approx(square.center_y)


async def test_outline_is_where_the_hand_is_shown(desk: Desk, chromium: Chromium) -> None:
    """The outline lies over the hand's pixels in the preview, mirrored with it; trouble is shown after a while."""
    script = """async ([mirrored]) => {
      const { handRectangle, Guide } = await import('/static/guide.js');
      const box = { x0: 0.1, y0: 0.2, x1: 0.3, y1: 0.6 };
      const stage = document.body.appendChild(document.createElement('div'));
      const [video, outline, hint] = ['video', 'div', 'p'].map((tag) => stage.appendChild(document.createElement(tag)));
      outline.hidden = hint.hidden = true;
      const guide = new Guide({ stage, video, outline, hint });
      const tell = (hint) => guide.show({ type: 'hand', framing: 'auto', box: null, hint });
      const wait = (ms) => new Promise((done) => setTimeout(done, ms));
      const told = [];
      tell('too_dark'); await wait(300); told.push(hint.hidden); tell('too_dark');
      await wait(600); told.push(hint.textContent);
      tell(null); told.push(hint.hidden);
      return { told, rectangle: handRectangle(box, mirrored, 460, 240, 640, 480) };
    }"""
    async with chromium.with_camera() as browser:
        opened = await open_page(browser, desk.link("/view/main"))
        for mirrored, left in ((False, 70 + 32), (True, 70 + 0.7 * 320)):
            seen = await opened.page.evaluate(script, [mirrored])
            assert seen["rectangle"] == pytest.approx({"left": left, "top": 48, "width": 64, "height": 96})
            assert seen["told"] == [True, "Too dark. Turn on a light, or face the window.", True]


async def test_uncertain_letters_are_marked(desk: Desk, chromium: Chromium) -> None:
    """A letter read without certainty is underlined and says how certain it was, live and replayed; edits keep up."""
    script = """async (replayed) => {
      const { Board } = await import('/static/board.js');
      const text = document.body.appendChild(document.createElement('p'));
      const board = new Board({ text });
      const letter = (seq, letter, text, confidence) => ({ type: 'letter', seq, letter, text, confidence });
      const edit = (seq, action, text) => ({ type: 'edit', seq, action, text });
      const events = [letter(1, 'C', 'C', 0.97), letter(2, 'O', 'CO', 0.62), edit(3, 'space', 'CO '),
        letter(4, 'X', 'CO X', 0.5), edit(5, 'backspace', 'CO '), letter(6, 'E', 'CO E', 0.7)];
      const seen = replayed ? events.length : 0;
      board.show({ type: 'hello', replay: 'start', log_id: 'a', last_seq: seen, text: replayed ? 'CO E' : '' });
      events.forEach((event) => board.show(event));
      const marked = () => [...text.querySelectorAll('.unsure')].map((one) => `${one.textContent} ${one.title}`);
      const told = [text.textContent, marked()];
      board.show(edit(7, 'clear', ''));
      return [...told, marked(), board.shown];
    }"""
    async with chromium.with_camera() as browser:
        opened = await open_page(browser, desk.link("/view/main"))
        for replayed in (False, True):
            marked = ["O Medium confidence · 62 %", "E Medium confidence · 70 %"]
            assert await opened.page.evaluate(script, replayed) == ["CO E", marked, [], ""]


def test_pages_are_light() -> None:
    """All pages together stay under 80 kB compressed, and none names another host.

    The modules of web/ondevice are not counted: they are loaded only on a phone that reads the letters itself. Nor is
    the page that records hands and adapts to them, which few people open, nor the pictures for home screens.
    """
    found = (ROOT / "streamsign" / "server" / "web").rglob("*")
    files = [path for path in found if path.is_file() and path.suffix != ".png"]
    pages = [path for path in files if path.parent.name != "ondevice" and path.stem not in HAND_FILES]
    assert len(gzip.compress(b"".join(path.read_bytes() for path in pages))) < 80_000
    for path in files:
        assert not re.search(r"""(?:src|href|url|import|from|fetch)\b[\s=("'`]+(?:https?:)?//""", path.read_text()), (
            path.name
        )


async def test_keys_and_undo_on_the_host_page(desk: Desk, chromium: Chromium) -> None:
    """Space and Backspace as keys, Ctrl+Z and the button take back; in the link's field they are just keys."""
    async with chromium.with_camera() as browser:
        host = await open_page(browser, desk.link())
        await expect(host.page.locator("#connection")).to_have_text("Connected")
        for key, said in [
            ("Space", "Space"), ("Backspace", "Last letter removed"), ("Control+z", "Change undone"),
        ]:  # fmt: skip
            await host.page.keyboard.press(key)
            await expect(host.page.locator("#said")).to_have_text(said)
        await host.page.click("[data-edit=clear]")
        await expect(host.page.locator("#said")).to_have_text("Text cleared")
        await host.page.click("#export > summary")
        link = await host.page.locator("[data-transcript=vtt]").get_attribute("href")
        assert link is not None
        async with desk.http() as http:
            assert (await http.get(link)).text.startswith("WEBVTT")
        await host.page.locator("#overlay-link").press("Backspace")
        await expect(host.page.locator("#said")).to_have_text("Text cleared")
        assert host.complaints == []


async def test_overlay_is_transparent_and_shows_the_last_lines(desk: Desk, chromium: Chromium) -> None:
    """Over a picture only the text has a color; size, lines and place come from the address, and old text fades."""
    async with chromium.with_camera() as browser:
        link = (
            f"{desk.url}/overlay/cast?size=40px&lines=1&position=top&color=rgb(1,2,3)&fade=0.3#token={desk.view_token}"
        )
        overlay = await open_page(browser, link)
        assert desk.view_token not in overlay.page.url
        lines = overlay.page.locator("#lines")
        await expect(lines).to_have_text("")
        await asyncio.to_thread(_publish, desk, "cast")
        await expect(lines).not_to_have_text("", timeout=30_000)
        assert await lines.evaluate("e => getComputedStyle(e).color") == "rgb(1, 2, 3)"
        assert await lines.evaluate("e => getComputedStyle(e).fontSize") == "40px"
        assert await overlay.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgba(0, 0, 0, 0)"
        box = await lines.bounding_box()
        assert box is not None
        assert box["y"] < 200
        await expect(lines).to_have_class("gone", timeout=30_000)
        assert overlay.strangers == overlay.complaints == []


@pytest.mark.parametrize(("position", "share"), [("", 0.9), ("?position=middle", 0.5), ("?position=top", 0.1)])
async def test_the_overlay_is_where_its_address_says(
    desk: Desk, chromium: Chromium, position: str, share: float
) -> None:
    """At the bottom of the picture without a wish, in its middle or at its top."""
    async with chromium.with_camera() as browser, desk.http() as http:
        overlay = (await open_page(browser, desk.link(f"/overlay/placed{position}"), 1280, 720)).page
        await overlay.wait_for_function("performance.getEntriesByType('resource').length > 2")
        (await http.post("/rooms/placed/edits", json={"action": "clear"})).raise_for_status()
        (await http.post("/rooms/placed/edits", json={"action": "replace", "word": "TEA"})).raise_for_status()
        await expect(overlay.locator("#lines")).to_contain_text("TEA")
        box = await overlay.locator("#lines").bounding_box()
        assert box is not None
        assert abs((box["y"] + box["height"] / 2) / 720 - share) < 0.08


def _publish(desk: Desk, room: str) -> None:
    """Sign one letter into a room, as a phone would."""
    command = [sys.executable, "-m", "streamsign", "demo", "L", desk.url, "--room", room]
    signed = subprocess.run(
        [*command, "--token", desk.publish_token], check=True, capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert re.fullmatch(rf"Signing L into room {room} at {desk.url} \(\d\.\d s\)\.", signed.stdout.splitlines()[0])


async def test_what_a_drawn_letter_replaces_is_not_announced(desk: Desk, chromium: Chromium) -> None:
    """A screen reader hears of a letter that a person removed, not of one that a drawn letter replaces."""
    script = """async ([session]) => {
      const { Board } = await import('/static/board.js');
      const said = document.createElement("p");
      const board = new Board({ said });
      board.show({ type: "hello", replay: "start", last_seq: 0, log_id: "a", text: "" });
      board.show({ type: "letter", seq: 1, text: "I", letter: "I", confidence: 1 });
      board.show({ type: "edit", seq: 2, action: "backspace", text: "", session });
      return said.textContent;
    }"""
    async with chromium.with_camera() as browser:
        page = (await open_page(browser, f"{desk.url}/phone", 390, 844)).page
        assert await page.evaluate(script, ["camera"]) == "I"
        assert await page.evaluate(script, [None]) == "Last letter removed"


async def test_a_suggested_word_is_taken_by_a_tap(desk: Desk, chromium: Chromium) -> None:
    """LVE from the demo signer is marked and suggests LOVE; a tap puts LOVE and a space on both screens."""
    async with chromium.with_camera() as browser, desk.http() as http:
        (await http.post("/rooms/main/edits", json={"action": "clear"})).raise_for_status()
        host = await open_page(browser, desk.link())
        viewer = await open_page(browser, f"{desk.url}/view/main#token={desk.view_token}")
        signing = [sys.executable, "-m", "streamsign", "demo", "LVE", "--seed", "1", desk.url]
        signed = await asyncio.create_subprocess_exec(*signing, cwd=ROOT, stdout=subprocess.DEVNULL)
        assert await signed.wait() == 0
        await expect(host.page.locator("#text")).to_have_text("LVE")
        await expect(host.page.locator("#words .unsure")).to_have_text("LVE")  # marked, because LOVE is likelier
        await host.page.locator("#words button", has_text=re.compile("^LOVE$")).click()
        for page in (host.page, viewer.page):
            await expect(page.locator("#text")).to_have_text("LOVE ", use_inner_text=True)
        assert host.complaints == []

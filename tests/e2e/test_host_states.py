"""The two states of the host page: nothing sends, and live."""

from __future__ import annotations

from playwright.async_api import Page, Route, expect

from tests.e2e.desk import Chromium, Desk, open_page
from tests.films import film

LAN = True  # the server has its listener for phones


async def _bottom(page: Page, selector: str) -> float:
    box = await page.locator(selector).bounding_box()
    assert box is not None
    return box["y"] + box["height"]


async def test_with_nothing_sending_two_equal_choices_are_above_the_fold(desk: Desk, chromium: Chromium) -> None:
    """At 1280×720 the phone's code and this camera are equally large and wholly in view; the reading is not shown."""
    async with chromium.with_camera() as browser:
        host = (await open_page(browser, desk.link(), 1280, 720)).page
        await expect(host.locator("#qr")).to_be_visible()
        phone, camera = [await host.locator(one).bounding_box() for one in ("#choice-phone", "#choice-camera")]
        assert phone is not None
        assert camera is not None
        assert (phone["width"], phone["height"]) == (camera["width"], camera["height"])
        assert max(phone["y"] + phone["height"], camera["y"] + camera["height"]) <= 720
        await expect(host.locator("#reading")).to_be_hidden()
        await expect(host.locator("#add-phone")).to_be_hidden()


async def test_live_shows_picture_letter_and_text_at_once(desk: Desk, chromium: Chromium) -> None:
    """While a camera sends, both choices are folded away and the delay is one line; when it stops they are back."""
    async with chromium.with_camera(film("LOVE")) as browser:
        host = (await open_page(browser, desk.link(), 1280, 720)).page
        await host.click("#own-camera")
        await expect(host.locator("#text")).to_contain_text("LOVE", timeout=30_000)
        await expect(host.locator("#choices")).to_be_hidden()
        for part in ("#text", "#preview", "#glyph"):
            await expect(host.locator(part)).to_be_visible()
            assert await _bottom(host, part) <= 720, part
        await expect(host.locator("#delay > summary")).to_contain_text("ms")
        await expect(host.locator("#latency")).to_be_hidden()
        await host.click("#add-phone > summary")
        await expect(host.locator("#qr")).to_be_visible()
        await host.set_viewport_size({"width": 390, "height": 844})
        assert await _bottom(host, "#text") < (await _bottom(host, "#preview"))
        await host.click("#own-camera")
        await expect(host.locator("#choices")).to_be_visible()
        await expect(host.locator("#choice-phone #qr")).to_be_visible()


async def test_the_phone_shows_its_picture_on_the_host(desk: Desk, chromium: Chromium) -> None:
    """From browser to browser when asked; the phone says so; it ends with a tap, and with the camera."""
    async with chromium.with_camera(film("LOVE")) as browser:
        host = (await open_page(browser, desk.link("/?room=shown"))).page
        phone = (await open_page(browser, await desk.paired_link("shown"), 390, 844)).page
        await phone.click("#start")
        for _ in range(2):
            await host.get_by_role("button", name="Show the phone's picture").click()
            await expect(host.locator("#looked")).to_be_visible()
            await expect(host.locator("#looked video")).to_have_js_property("readyState", 4)
            await expect(phone.locator("#shown")).to_be_visible()
            await host.get_by_role("button", name="Hide the phone's picture").click()
            await expect(host.locator("#looked")).to_be_hidden()
            await expect(phone.locator("#shown")).to_be_hidden(timeout=30_000)
        await host.click("#look")
        await expect(host.locator("#looked")).to_be_visible()
        await phone.click("#stop")
        for part in ("#looked", "#look"):
            await expect(host.locator(part)).to_be_hidden()


async def test_rooms_are_listed(desk: Desk, chromium: Chromium) -> None:
    """A room with text is in the list of rooms, and a tap opens it."""
    async with chromium.with_camera() as browser, desk.http() as http:
        (await http.post("/rooms/kitchen/edits", json={"action": "replace", "word": "TEA"})).raise_for_status()
        host = (await open_page(browser, desk.link())).page
        await host.click("#rooms > summary")
        await host.click("#room-list >> text=kitchen")
        await expect(host.locator("#room")).to_have_text("kitchen")
        await expect(host.locator("#text")).to_have_text("TEA")


async def test_a_room_is_renamed_and_its_links_keep_working(desk: Desk, chromium: Chromium) -> None:
    """The name stands on the host page, in its list and on the caption page, whose former link still opens it."""
    async with chromium.with_camera() as browser:
        host = (await open_page(browser, desk.link("/?room=left"))).page
        await host.click("#rooms > summary")
        await host.fill("#room-title input", "Ana's table")
        await host.click("#room-title button")
        for part in ("#room", "#room-list [aria-current]"):
            await expect(host.locator(part)).to_have_text("Ana's table")
        await expect(host).to_have_title("Ana's table · streamsign")
        view = (await open_page(browser, desk.link("/view/left"))).page
        await expect(view.locator("#room")).to_have_text("Captions · Ana's table")
        phone = (await open_page(browser, await desk.paired_link("left"), 390, 844)).page
        await expect(phone.locator("#room")).to_have_text("Ana's table")
        await host.reload()
        await expect(host.locator("#room")).to_have_text("Ana's table")
        await host.click("#rooms > summary")
        await host.fill("#room-title input", "")
        await host.click("#room-title button")
        await expect(host.locator("#room")).to_have_text("left")


async def test_a_typed_text_that_cannot_be_saved_stays_in_its_field(desk: Desk, chromium: Chromium) -> None:
    """A letter that comes while it is being saved is not lost, and neither is what was typed: Save again has both."""
    async with chromium.with_camera() as browser, desk.http() as http:
        host = (await open_page(browser, desk.link("/?room=kept"), 390, 844)).page
        await expect(host.locator("#own-camera")).to_be_enabled()
        meanwhile = {"action": "replace", "word": "NEW"}

        async def slow(route: Route) -> None:
            (await http.post("/rooms/kept/edits", json=meanwhile)).raise_for_status()
            await route.continue_()

        await host.route("**/edits", slow, times=1)
        await host.click("#type-text")
        await host.fill("#typing textarea", "TYPED ")
        await host.click("#typing .main")
        await expect(host.locator("#notice strong")).to_have_text("The text changed meanwhile and was not saved.")
        await expect(host.locator("#notice")).to_be_in_viewport()
        await expect(host.locator("#typing textarea")).to_have_value("TYPED ")
        await host.click("#typing .main")
        await expect(host.locator("#text")).to_have_text("TYPED NEW")
        await expect(host.locator("#typing")).to_be_hidden()
        await expect(host.locator("#notice")).to_be_hidden()


async def test_a_typed_text_follows_the_keys_pressed_before(desk: Desk, chromium: Chromium) -> None:
    """A key that is still on its way when Save is pressed does not keep the typed text from being saved."""
    async with chromium.with_camera() as browser, desk.http() as http:
        (await http.post("/rooms/turns/edits", json={"action": "replace", "word": "TEA"})).raise_for_status()
        host = (await open_page(browser, desk.link("/?room=turns"))).page
        await expect(host.locator("#text")).to_have_text("TEA")

        async def slow(route: Route) -> None:
            answer = await route.fetch()
            await expect(host.locator("#said")).to_have_text("Space")
            await route.fulfill(response=answer)

        await host.click("#type-text")
        await host.fill("#typing textarea", "COFFEE")
        await host.route("**/edits", slow, times=1)
        await host.click("[data-edit=space]")
        await host.click("#typing .main")
        await expect(host.locator("#typing")).to_be_hidden()
        await expect(host.locator("#text")).to_have_text("COFFEE")


async def test_the_text_is_edited_by_typing(desk: Desk, chromium: Chromium) -> None:
    """What is typed takes the text's place for every viewer; Cancel changes nothing, and Undo takes it back."""
    async with chromium.with_camera() as browser:
        host = (await open_page(browser, desk.link("/?room=typed"))).page
        await expect(host.locator("#own-camera")).to_be_enabled()
        await host.click("#type-text")
        await host.fill("#typing textarea", "love cello")
        await host.click("#typing .main")
        await expect(host.locator("#text")).to_have_text("LOVE CELLO")
        await host.click("#type-text")
        await host.fill("#typing textarea", "OTHER")
        await host.click("#typing [type=button]")
        await expect(host.locator("#text")).to_have_text("LOVE CELLO")
        await host.click("[data-edit=undo]")
        await expect(host.locator("#text")).to_have_text("")

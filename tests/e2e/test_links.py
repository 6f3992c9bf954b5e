"""Links in a real browser: the owner's sign-in, and a link that is revoked on the host page."""

from __future__ import annotations

import pytest
from playwright.async_api import Route, expect

from tests.e2e.desk import Chromium, Desk, open_page

pytestmark = pytest.mark.pages


async def test_a_revoked_link_closes_its_viewers_and_is_replaced(desk: Desk, chromium: Chromium) -> None:
    """The page of the old link says that it was revoked; the host page offers another link, which works."""
    async with chromium.with_camera() as browser:
        host = await open_page(browser, desk.link())
        await expect(host.page.locator("#own-camera")).to_be_enabled()
        old = (await host.page.input_value("#overlay-link")).replace("/overlay/", "/view/")
        viewer = await open_page(browser, old)
        await expect(viewer.page.locator("#connection")).to_have_attribute("data-state", "live")
        await host.page.click("#export > summary")
        async with host.page.expect_navigation():
            await host.page.locator("#links li", has_text="The link above").get_by_text("Revoke").click()
        await expect(viewer.page.locator("#notice")).to_contain_text("This link was revoked.")
        await expect(host.page.locator("#own-camera")).to_be_enabled()
        new = (await host.page.input_value("#overlay-link")).replace("/overlay/", "/view/")
        assert new != old
        again = await open_page(browser, new)
        await expect(again.page.locator("#connection")).to_have_attribute("data-state", "live")
        assert host.complaints == []


async def test_a_page_reloaded_while_it_signs_in_signs_in_again(desk: Desk, chromium: Chromium) -> None:
    """The key stays in the address until the server has answered, and not longer."""
    held: list[Route] = []

    async def hold_first(route: Route) -> None:
        if held:
            await route.continue_()
        held.append(route)

    async with chromium.with_camera() as browser:
        page = await (await browser.new_context()).new_page()
        await page.route("**/api/login", hold_first)
        async with page.expect_request("**/api/login"):
            await page.goto(desk.link("/practice"))
        assert "#key=" in page.url
        await page.reload()
        await expect(page.locator("[data-mode=words]")).to_be_enabled()
        assert "#" not in page.url
        assert len(held) == 2

"""A link that is revoked on the host page, in a real browser."""

from __future__ import annotations

from playwright.async_api import expect

from tests.e2e.desk import Chromium, Desk, open_page


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

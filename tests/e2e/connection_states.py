"""The states of a phone page's connection, also those that are shown too shortly to be seen by polling."""

from __future__ import annotations

import asyncio

from playwright.async_api import JSHandle, Page

_RECORD = """() => {
  const states = [];
  const pill = document.getElementById("connection");
  new MutationObserver(() => states.push(pill.dataset.state)).observe(pill, { attributes: true });
  return states;
}"""


class ConnectionStates:
    """Each state that the pill of a phone page shows from :meth:`of` on."""

    def __init__(self, states: JSHandle) -> None:
        self._states = states

    @classmethod
    async def of(cls, page: Page) -> ConnectionStates:
        """Record the states of a page from now on."""
        return cls(await page.evaluate_handle(_RECORD))

    async def shown(self) -> list[str]:
        """All states up to now, in order."""
        states: list[str] = await self._states.evaluate("(states) => states")
        return states

    async def until(self, state: str, timeout_s: float) -> None:
        """Wait until a state has been shown.

        Raises:
            TimeoutError: it was not shown in that time.
        """
        async with asyncio.timeout(timeout_s):
            while state not in await self.shown():  # noqa: ASYNC110 - the page has no event
                await asyncio.sleep(0.05)

"""One Chromium for all tests of the whole way, in one event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.e2e.desk import Chromium, Desk, launched, running_server

PATIENCE_MS = 15_000
"""How long a page may take to show what is expected on a loaded computer; what has to be sooner says so itself."""

expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests share the loop that the browser lives in."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="module")
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One server for the tests of a file; with its listener for phones where the file has ``LAN = True``."""
    lan = getattr(request.module, "LAN", False)
    with running_server(tmp_path_factory.mktemp("server"), lan=lan) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chromium]:
    """A browser whose camera plays what each test puts into it."""
    camera = tmp_path_factory.mktemp("chromium") / "camera.y4m"
    async with launched(chromium_path, camera) as browser:
        yield Chromium(browser, camera)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def desktop_chromium(
    desktop_chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Chromium]:
    """A browser as users have it, for what the headless shell lacks."""
    camera = tmp_path_factory.mktemp("chromium") / "camera.y4m"
    async with launched(desktop_chromium_path, camera) as browser:
        yield Chromium(browser, camera)

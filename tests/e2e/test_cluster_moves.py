"""A phone whose worker stops or is killed: real gateways, workers, NATS and Chromium."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, expect

from benchmarks.cluster_parts import PUBLISH, VIEW, ClusterParts, Part, cluster_parts
from streamsign.captions.events import Hello, Letter, Status
from streamsign.client.captions import watch
from tests.e2e.connection_states import ConnectionStates
from tests.e2e.desk import Chromium, open_page
from tests.films import film
from tests.nats_server import needs_nats

pytestmark = [needs_nats, pytest.mark.real_time]

PATIENCE_MS = 30_000


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClusterParts]:
    """Two gateways and two workers."""
    with cluster_parts(tmp_path_factory.mktemp("cluster"), gateways=2, workers=2, model="celov") as running:
        yield running


class Watched:
    """What a viewer at the second gateway gets of a room."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.sessions: list[str] = []
        self.log_ids: set[str] = set()

    async def until(self, text: str) -> None:
        """Wait until the letters end with a text."""
        async with asyncio.timeout(60):
            while not "".join(each.letter for each in self.letters).endswith(text):  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.02)


@asynccontextmanager
async def watched(parts: ClusterParts, room: str) -> AsyncIterator[Watched]:
    """A viewer of a room."""
    seen = Watched()

    async def look() -> None:
        async for event in watch(f"{parts.gateways[1].url}/view/{room}", token=VIEW):
            if isinstance(event, Hello):
                seen.log_ids.add(event.log_id)
            elif isinstance(event, Letter):
                seen.letters.append(event)
            elif isinstance(event, Status) and event.state == "live" and event.session not in seen.sessions:
                seen.sessions.append(event.session)

    looking = asyncio.ensure_future(look())
    try:
        yield seen
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def _phone(browser: object, parts: ClusterParts, room: str) -> Page:
    link = f"{parts.gateways[0].url}/phone#room={room}&token={PUBLISH}"
    phone = await open_page(browser, link, 390, 844)  # type: ignore[arg-type]
    await expect(phone.page.locator("#collect")).to_be_hidden()
    await expect(phone.page.locator("#where")).to_be_hidden()
    await phone.page.click("#start")
    await expect(phone.page.locator("#connection")).to_have_text("Live", timeout=PATIENCE_MS)
    return phone.page


def _worker_of(parts: ClusterParts, session: str) -> Part:
    opened = f"Session opened session={session}"
    return next(part for part in parts.workers if part.runs and opened in part.log.read_text())


async def test_a_phone_moves_when_its_worker_stops(parts: ClusterParts, chromium: Chromium) -> None:
    """SIGTERM in the middle of a word: the page stays connected, and the word is read once, without a gap."""
    async with chromium.with_camera(film("CELLO")) as browser, watched(parts, "move") as seen:
        page = await _phone(browser, parts, "move")
        states = await ConnectionStates.of(page)
        await seen.until("CE")
        await asyncio.to_thread(_worker_of(parts, seen.sessions[-1]).end, signal.SIGTERM)
        assert len(seen.sessions) == 2
        await seen.until("CELLO")
        assert [letter.seq for letter in seen.letters] == sorted({letter.seq for letter in seen.letters})
        assert len({letter.session for letter in seen.letters}) == 2
        assert len(seen.log_ids) == 1
        assert "reconnecting" not in await states.shown()
        await expect(page.locator("#text")).to_contain_text("LLO")


async def test_a_phone_comes_back_when_its_worker_is_killed(parts: ClusterParts, chromium: Chromium) -> None:
    """SIGKILL in the middle of a word: the page asks for its session, and is live at another worker; the text stays."""
    await asyncio.to_thread(parts.worker)
    async with chromium.with_camera(film("CELLO")) as browser, watched(parts, "kill") as seen:
        page = await _phone(browser, parts, "kill")
        states = await ConnectionStates.of(page)
        await seen.until("CE")
        before = "".join(letter.letter for letter in seen.letters)
        asked: list[int] = []
        page.on("response", lambda each: asked.append(each.status) if each.request.method == "PATCH" else None)
        _worker_of(parts, seen.sessions[-1]).child.kill()
        await states.until("reconnecting", timeout_s=5)
        await expect(page.locator("#connection")).to_have_text("Live", timeout=10_000)
        assert 404 in asked
        await seen.until("CELLO")
        assert "".join(letter.letter for letter in seen.letters).startswith(before)
        assert [letter.seq for letter in seen.letters] == sorted({letter.seq for letter in seen.letters})
        assert len(seen.sessions) >= 2


async def test_pages_show_that_captions_are_interrupted(parts: ClusterParts, chromium: Chromium) -> None:
    """While NATS is away the phone and a viewer's page say so; letters signed meanwhile appear when it is back."""
    async with chromium.with_camera(film("CELLO")) as browser, watched(parts, "interrupted") as seen:
        page = await _phone(browser, parts, "interrupted")
        link = f"{parts.gateways[1].url}/view/interrupted#token={VIEW}"
        viewer = (await open_page(browser, link, 1280, 720)).page
        notice = viewer.locator(".away", has_text="Captions are interrupted.")
        await seen.until("C")
        await asyncio.to_thread(parts.nats.kill, signal.SIGKILL)
        await expect(page.locator("#connection")).to_have_text("Interrupted", timeout=PATIENCE_MS)
        await expect(page.locator("#detail")).to_contain_text("Letters signed now appear when the service recovers.")
        await expect(notice).to_be_visible()
        count = len(seen.letters)
        await asyncio.sleep(4)
        assert len(seen.letters) == count
        await asyncio.to_thread(parts.nats.start)
        await expect(page.locator("#connection")).to_have_text("Live", timeout=PATIENCE_MS)
        await expect(notice).to_be_hidden()
        await seen.until("CELLO")
        assert [letter.seq for letter in seen.letters] == sorted({letter.seq for letter in seen.letters})

"""Tests of benchmarks/viewer.py against a real server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchmarks.viewer import PageViewer, viewer_rows
from streamsign.captions.events import Partial
from streamsign.recognition.events import Commit
from streamsign.settings import read_settings
from tests.server.conftest import serving

pytestmark = pytest.mark.real_time


async def test_both_kinds_of_viewer_time_what_they_read(tmp_path: Path) -> None:
    """Letters count from their publication, partials from their capture, and the answering viewer's paints arrive."""
    async with serving(read_settings(state_dir=tmp_path)) as running:
        room = await running.server.rooms.get("main")
        token = running.server.access.view_token
        viewers = [PageViewer(running.url, "main", token, answers=answers) for answers in (True, False)]
        following = [asyncio.ensure_future(viewer.follow()) for viewer in viewers]
        async with asyncio.timeout(20):
            while room.statistics().viewers < 2 or running.server.metrics.latency()["recent"]["paint"]["n"] < 1:  # type: ignore[index]
                now_s = room.clock()
                room.publish_letter("a", Commit("L", 0.9, now_s, now_s))
                room.publish_partial(
                    Partial(session="a", letter="L", confidence=1, alternatives=[], sharpness=1, captured_s=now_s)
                )
                await asyncio.sleep(0.05)
        for each in following:
            each.cancel()
        await asyncio.gather(*following, return_exceptions=True)
    rows = viewer_rows(viewers)
    kinds = [f"{event}/{kind}_viewer" for event in ("letter", "partial") for kind in ("answering", "listening")]
    assert [each.case for each in rows] == kinds
    assert all(0 <= each.p50 < 10_000 for each in rows)

"""server/pages/phone_app.py: the phone page, and what makes it an app."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streamsign.server.pages.phone_app import SCOPE
from streamsign.settings import read_settings
from tests.server.conftest import Running, serving


@pytest.mark.parametrize("where", ["server", "phone"])
async def test_the_page_names_what_the_server_was_started_with(tmp_path: Path, where: str) -> None:
    """The setting is the page's usual choice."""
    async with serving(read_settings(state_dir=tmp_path, where=where)) as running:
        page = (await running.http.get("/phone")).text
    assert f'data-usual="{where}"' in page


async def test_the_manifest_covers_the_page(running: Running) -> None:
    """The page links it; start, scope and icon are addresses of this server that exist."""
    assert '<link rel="manifest" href="/phone/app.webmanifest">' in (await running.http.get("/phone")).text
    answer = await running.http.get("/phone/app.webmanifest")
    manifest = json.loads(answer.text)
    assert answer.headers["content-type"].startswith("application/manifest+json")
    assert (manifest["scope"], manifest["start_url"], manifest["display"]) == (SCOPE, SCOPE, "standalone")
    for address in (manifest["start_url"], *(icon["src"] for icon in manifest["icons"])):
        assert (await running.http.get(address)).status_code == 200


@pytest.mark.parametrize("script", ["reader.js", "offline.js"])
async def test_workers_lie_within_the_scope(running: Running, script: str) -> None:
    """Both are scripts below the scope's path, and allow the page itself as scope."""
    answer = await running.http.get(f"{SCOPE}/{script}")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["service-worker-allowed"] == SCOPE
    assert "onmessage" in answer.text or "addEventListener" in answer.text

"""server/pages/icons.py: the icons of home screens."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from streamsign.server.pages.html import WEB
from streamsign.server.pages.icons import SIZES, icon
from tests.server.conftest import Running


@pytest.mark.parametrize("size", SIZES)
def test_the_files_are_as_they_are_drawn(size: int) -> None:
    """Each file has the drawing, in its size and in few bytes; white lines are on a ground that fills the corners."""
    content = (WEB / f"icon-{size}.png").read_bytes()
    stored, drawn = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR), icon(size)
    assert stored is not None
    assert stored.shape == (size, size, 3)
    assert float(np.abs(stored.astype(int) - drawn).mean()) < 1
    assert len(content) < 20_000
    assert drawn[0, 0].tolist() == drawn[size // 2, size // 2].tolist() == [0x66, 0x6E, 0x0F]
    white = [(9, 7), (7, 9), (25, 23), (10.763, 16), (20, 12.2)]
    assert all(drawn[round(y * size / 32), round(x * size / 32)].min() > 200 for x, y in white)


async def test_pages_name_the_icons(running: Running) -> None:
    """The icon for iOS and those of the manifest are served."""
    page = (WEB / "layout.html").read_text(encoding="utf-8")
    assert '<link rel="apple-touch-icon" href="/static/icon-180.png">' in page
    manifest = json.loads((WEB / "ondevice" / "app.webmanifest").read_text(encoding="utf-8"))
    named = [each["src"] for each in manifest["icons"] if each["type"] == "image/png"]
    assert named == ["/static/icon-192.png", "/static/icon-512.png"]
    for path in ["/static/icon-180.png", *named]:
        answer = await running.http.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")

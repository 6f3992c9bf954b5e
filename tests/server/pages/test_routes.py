"""server/pages/routes.py: small files, fetched once."""

from __future__ import annotations

from streamsign.server.pages.html import WEB
from tests.server.conftest import Running
from tests.server.pages.hand_files import HAND_FILES


async def test_scripts_and_styles_are_small_and_fetched_once(running: Running) -> None:
    """All pages are compressed to at most 80 kB together, and a cached page is answered 304.

    The modules of web/ondevice have 32 kB of their own: they are loaded only on a phone that reads the letters itself.
    The page that collects pictures for a training, the offer to adapt to a signer's hand, the Indonesian texts of both
    and the Indonesian refusals have 18 kB of their own: who only captions never loads them. The icons
    of home screens have 25 kB.
    """
    sent, on_device, collecting, home_screen = 0, 0, 0, 0
    for path in sorted(file for file in WEB.rglob("*") if file.is_file()):
        where = f"/static/{path.relative_to(WEB).as_posix()}"
        async with running.http.stream("GET", where, headers={"Accept-Encoding": "gzip"}) as answer:
            size = sum([len(part) async for part in answer.aiter_raw()])
            if path.suffix == ".png":
                home_screen += size
            elif path.parent.name == "ondevice":
                on_device += size
            elif path.stem in HAND_FILES:
                collecting += size
            else:
                sent += size
            assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
        known = {"If-None-Match": answer.headers["etag"], "Accept-Encoding": "gzip"}
        assert (await running.http.get(where, headers=known)).status_code == 304
    assert sent < 80_000
    assert home_screen < 25_000
    assert on_device < 32_000
    assert collecting < 18_000

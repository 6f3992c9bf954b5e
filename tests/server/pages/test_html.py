"""server/pages/html.py: each page is its own content in the layout."""

from __future__ import annotations

import re

import pytest

from streamsign.server.pages.html import WEB, page

LAYOUT, OVERLAY = "layout.html", "overlay.html"


@pytest.mark.parametrize("file", sorted({path.name for path in WEB.glob("*.html")} - {LAYOUT, OVERLAY}))
def test_a_page_is_whole_and_has_its_look_before_its_first_paint(file: str) -> None:
    """A title, the theme before the styles, the translation before the page's own script, and no tag of a template."""
    html = page(file)
    assert re.search(r"<title>[^<]+</title>", html)
    assert (html.count("<main"), html.count('<header class="bar">'), html.count("</html>")) == (1, 1, 1)
    loaded = re.findall(r'(?:src|href)="/static/([\w-]+\.(?:js|css))"', html)
    assert loaded[:3] == ["first-paint.js", "style.css", "i18n.js"]
    assert all((WEB / name).is_file() for name in loaded)
    assert not re.search(r"{[{%#]", html)


def test_an_overlay_has_nothing_but_captions() -> None:
    """Neither bar nor settings appear over a stream's picture."""
    assert "bar" not in page(OVERLAY)
    assert "i18n" not in page(OVERLAY)

"""server/pages/files.py: scripts and styles travel without comments and indentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from streamsign.server.pages.files import bare
from streamsign.server.pages.html import WEB
from tests.server.conftest import Running

SOURCES = sorted([*WEB.rglob("*.js"), *WEB.rglob("*.css")])


def test_lines_keep_their_numbers_and_code_its_words() -> None:
    """Comments on their own lines and indentation go; what follows code on a line, and addresses, stay."""
    source = '// top\nif (a) {\n  /** two\n   * lines */\n  go("http://x"); // why\n}\n'
    assert bare(source) == '\nif (a) {\n\n\ngo("http://x"); // why\n}\n'


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_text_spans_lines(source: Path) -> None:
    """Template literals end on their line, so that no indentation is part of one."""
    text = re.sub(r"^\s*(?://.*|/\*(?s:.*?)\*/\s*)$", "", source.read_text(encoding="utf-8"), flags=re.MULTILINE)
    code = [line.partition(" // ")[0] for line in text.splitlines()]
    assert [line for line in code if line.count("`") % 2] == []


async def test_a_script_is_served_bare(running: Running) -> None:
    """The answer is the bare source under its own media type; a picture comes as it is."""
    answer = await running.http.get("/static/login.js")
    assert answer.text == bare((WEB / "login.js").read_text(encoding="utf-8"))
    assert answer.headers["content-type"].startswith("text/javascript")
    picture = await running.http.get("/static/favicon.svg")
    assert picture.content == (WEB / "favicon.svg").read_bytes()

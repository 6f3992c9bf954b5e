"""server/pages/files.py: scripts and styles are served minified."""

from __future__ import annotations

from pathlib import Path

import pytest
from rjsmin import jsmin

from streamsign.server.pages.files import content
from streamsign.server.pages.html import WEB
from tests.server.conftest import Running


def test_a_script_loses_comments_and_spaces_and_no_text(tmp_path: Path) -> None:
    """Texts, templates and regular expressions keep every character; a space between two signs stays."""
    script = tmp_path / "a.js"
    script.write_text(
        '// top\nconst a = (b) => b ? `${b}  = // x` : c + +d; /* e */\nif (a) { go("http://x  {y}", /[ /]  =/); }\n'
    )
    assert content(script) == b'const a=(b)=>b?`${b}  = // x`:c+ +d;if(a){go("http://x  {y}",/[ /]  =/);}'


def test_a_style_loses_comments_and_spaces_that_say_nothing(tmp_path: Path) -> None:
    """What selects descendants or separates values keeps its space."""
    style = tmp_path / "a.css"
    style.write_text(".a .b, .c :not(d) {\n  margin: 0 1px; /* e */\n  width: calc(1px + 2px);\n}\n")
    assert content(style) == b".a .b,.c :not(d){margin:0 1px;width:calc(1px + 2px)}"


@pytest.mark.parametrize("source", sorted(WEB.rglob("*.js")), ids=lambda path: path.name)
def test_every_script_is_smaller_and_has_no_comment(source: Path) -> None:
    """No comment of a module is left in what is served."""
    served = content(source).decode()
    assert len(served) < source.stat().st_size
    assert "/**" not in served


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    """What is served follows the file."""
    script = tmp_path / "a.js"
    for number in (1, 22):
        script.write_text(f"go({number} );")
        assert content(script) == f"go({number});".encode()


async def test_a_script_is_served_minified(running: Running) -> None:
    """The answer is the small source under its own media type; a picture comes as it is."""
    answer = await running.http.get("/static/login.js")
    assert answer.text == jsmin((WEB / "login.js").read_text(encoding="utf-8"))
    assert answer.headers["content-type"].startswith("text/javascript")
    picture = await running.http.get("/static/favicon.svg")
    assert picture.content == (WEB / "favicon.svg").read_bytes()

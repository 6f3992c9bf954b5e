"""server/pages/files.py: scripts and styles travel without comments and indentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from streamsign.server.pages.files import _BRACES, _OPERATORS, bare, bare_script, bare_style
from streamsign.server.pages.html import WEB
from tests.server.conftest import Running

SOURCES = sorted([*WEB.rglob("*.js"), *WEB.rglob("*.css")])


def test_code_keeps_its_words() -> None:
    """Comments, indentation and empty lines go, also after code on a line; addresses and comments within code stay."""
    source = (
        '// top\nif (a) {\n  /** two\n   * lines */\n  go("http://x"); // why\n}\n.a { b: c; } /* d */\n{ /* e */ }\n'
    )
    assert bare(source) == 'if (a) {\ngo("http://x");\n}\n.a { b: c; }\n{ /* e */ }\n'


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_text_spans_lines(source: Path) -> None:
    """Template literals end on their line, and no text has a comment's mark: neither is changed by :func:`bare`."""
    text = re.sub(r"^\s*(?://.*|/\*(?s:.*?)\*/\s*)$", "", source.read_text(encoding="utf-8"), flags=re.MULTILINE)
    code = [line.partition(" // ")[0] for line in text.splitlines()]
    assert [line for line in code if line.count("`") % 2] == []
    commented = [line.partition(" // ")[0] for line in text.splitlines() if " // " in line]
    assert [line for line in commented if line.count('"') % 2] == []


def test_a_script_has_no_spaces_around_operators_and_in_braces() -> None:
    """Those around a plus or minus before a sign stay, and those around braces that are text."""
    source = "const a = (b) => b ?? c === 1 ? `${b} x` : d + +e + f - g; // f\nif (a) { b({ a, c }); }\n"
    assert bare_script(source) == "const a=(b)=>b??c===1?`${b} x`:d + +e+f-g;\nif(a){b({a, c});}\n"


@pytest.mark.parametrize("source", sorted(WEB.rglob("*.js")), ids=lambda path: path.name)
def test_no_text_of_a_script_is_changed(source: Path) -> None:
    """No text in a script has spaces around an operator or in braces."""
    code = bare(source.read_text(encoding="utf-8"))
    texts: list[str] = []

    def taken(found: re.Match[str]) -> str:
        texts.append(found[0])
        return "0"

    for line in code.splitlines():
        # From the innermost template outwards: its expressions are code, the rest is text.
        before, rest = "", re.sub(r'"(?:[^"\\]|\\.)*"', taken, line)
        while rest != before:
            before = rest
            rest = re.sub(r"`[^`$]*`", taken, re.sub(r"\$\{[^{}`]*\}", "", rest))
    assert [text for text in texts if _OPERATORS.search(text) or _BRACES.search(text)] == []


def test_a_style_has_no_spaces_that_say_nothing() -> None:
    """What selects descendants or separates values keeps its space."""
    source = ".a .b, .c :not(d) {\n  margin: 0 1px; /* e */\n  width: calc(1px + 2px);\n}\n"
    assert bare_style(source) == ".a .b,.c :not(d){\nmargin:0 1px;\nwidth:calc(1px + 2px);\n}\n"


@pytest.mark.parametrize("source", sorted(WEB.rglob("*.css")), ids=lambda path: path.name)
def test_no_string_of_a_style_is_changed(source: Path) -> None:
    """No string or address in a style holds a character at which spaces are left out."""
    texts = re.findall(r"\"[^\"\n]*\"|url\([^)]*\)", source.read_text(encoding="utf-8"))
    assert [text for text in texts if set(text) & set("{};,:")] == []


async def test_a_script_is_served_bare(running: Running) -> None:
    """The answer is the bare source under its own media type; a picture comes as it is."""
    answer = await running.http.get("/static/login.js")
    assert answer.text == bare_script((WEB / "login.js").read_text(encoding="utf-8"))
    assert answer.headers["content-type"].startswith("text/javascript")
    picture = await running.http.get("/static/favicon.svg")
    assert picture.content == (WEB / "favicon.svg").read_bytes()

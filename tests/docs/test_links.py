"""The documents: linked files exist, and quoted messages are in the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from streamsign.server.pages.html import WEB
from tests.conftest import ROOT

FOLDERS = ("docs", "deploy", "models", "benchmarks")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.md"))])
LINK = re.compile(r"""\]\(([^)\s]+)\)|src="([^"]+)\"""")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_within_the_repository_leads_somewhere(document: Path) -> None:
    """Linked files, folders and pictures exist; external addresses are not requested."""
    named = [first or second for first, second in LINK.findall(document.read_text(encoding="utf-8"))]
    local = [link.partition("#")[0] for link in named if not re.match(r"[a-z]+:|#|<", link)]
    assert [link for link in local if not (document.parent / link).exists()] == []


def test_troubles_are_told_as_the_phone_says_them() -> None:
    """The first column of the table is words of the pages or of the server behind them."""
    said = "".join(file.read_text(encoding="utf-8") for file in WEB.glob("*.js"))
    said += (WEB.parent / "pairing" / "codes.py").read_text(encoding="utf-8")
    table = (ROOT / "docs/how-to/when-it-does-not-work.md").read_text(encoding="utf-8")
    quoted = [row.split(" |")[0].strip("| ") for row in table.splitlines() if row.startswith("| ")]
    for quote in quoted[1:]:
        for part in quote.split("; "):
            assert part in said, part


def test_every_query_of_the_overlay_is_documented() -> None:
    """Its script asks for no name that the recipe leaves out, nor the other way round."""
    script = (WEB / "overlay-look.js").read_text(encoding="utf-8")
    asked = set(re.findall(r"""(?:asked\.(?:get|has)|pick)\("(\w+)\"""", script))
    recipe = (ROOT / "docs/how-to/captions-elsewhere.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in recipe.splitlines() if line.startswith("| `")]
    assert asked == {name for row in rows for name in re.findall(r"`(\w+)`", row)}

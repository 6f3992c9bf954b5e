"""The page about an evaluation."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from streamsign.training.evaluate import Evaluation, Framing, evaluate
from streamsign.training.report import report
from tests.training.pictures import write_pictures

VOID = {"meta", "img", "br", "rect", "line", "circle"}


class _Balance(HTMLParser):
    """Notes tags that were opened and not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    """Five drawn letters, some of them misread."""
    root = write_pictures(tmp_path_factory.mktemp("pictures"), "COELV", {"test": 2})
    return evaluate([root / "hands"], "celov", "test", Framing.ORACLE)


def test_page_for_oneself_shows_each_mistake(seen: Evaluation) -> None:
    """Every listed mistake has its patch, and the page warns that it holds pictures."""
    page = report(seen.figures, seen.pictures)
    listed = len(seen.figures["worst_mistakes"]) + len(seen.figures["worst_false_letters"])
    assert page.count("data:image/png") == listed > 0
    assert "do not publish it" in page


def test_page_to_publish_holds_no_picture_and_no_name(seen: Evaluation) -> None:
    """Without pictures there are coordinates only: no image, no file name, no signer's name."""
    page = report(seen.figures)
    assert "<img" not in page
    assert ".png" not in page
    assert "hand-of-test" not in page
    assert "hands, line" in page


def test_markup_is_balanced_and_names_are_escaped(seen: Evaluation) -> None:
    """What a manifest says cannot become markup, and every tag is closed."""
    rows = [{**row, "file": "<script>", "read": "<b>"} for row in seen.figures["worst_mistakes"]]
    page = report({**seen.figures, "model": "<i>x", "worst_mistakes": rows}, seen.pictures)
    assert "<script>" not in page
    assert "<i>x" not in page
    parser = _Balance()
    parser.feed(page)
    assert parser.open == []


def test_page_without_figures_has_dashes(tmp_path: Path) -> None:
    """A split without pictures still makes a page."""
    root = write_pictures(tmp_path, "C", {"test": 1})
    empty = evaluate([root / "hands"], "celov", "exam", Framing.ORACLE)
    assert "–" in report(empty.figures, empty.pictures)

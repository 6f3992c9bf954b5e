"""The page about an evaluation."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from streamsign.training.evaluation.evaluate import Evaluation, PictureCrop, evaluate
from streamsign.training.evaluation.report import report
from tests.e2e.desk import browser_with_camera
from tests.training.pictures import write_pictures

VOID = {"meta", "img", "wbr", "line", "circle"}

LEAST_CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (color, ground) => {
    canvas.fillStyle = ground; canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (color) => color.map((level) => level / 255)
    .map((level) => (level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4))
    .reduce((sum, level, index) => sum + level * [0.2126, 0.7152, 0.0722][index], 0);
  const ground = (node) => {
    const own = getComputedStyle(node).backgroundColor;
    return own === "rgba(0, 0, 0, 0)" && node.parentElement ? ground(node.parentElement) : own;
  };
  const texts = [...document.querySelectorAll("h1, h2, p, dt, b, span:not(.said), small, th, td, aside, summary")];
  return Math.min(...texts.filter((node) => node.textContent.trim()).map((node) => {
    const under = ground(node);
    const [one, other] = [rgb(getComputedStyle(node).color, under), rgb(under, "white")].map(luminance);
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  }));
}"""
"""Contrast of the least readable text with its ground (WCAG 2.2, relative luminance)."""


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
    return evaluate([root / "hands"], "celov", "test", PictureCrop.ORACLE)


def test_page_for_oneself_shows_each_mistake(seen: Evaluation) -> None:
    """Every listed mistake has its patch, and the page warns that it holds pictures."""
    page = report(seen.figures, seen.pictures)
    listed = len(seen.figures["worst_mistakes"]) + len(seen.figures["worst_false_letters"])
    assert page.count("data:image/png") == listed > 0
    assert "do not publish it" in page
    assert "drawn (pooled)" in page


def test_page_to_publish_holds_no_picture_and_no_name(seen: Evaluation) -> None:
    """Without pictures there are coordinates only: no image, no file name, no signer's name."""
    page = report(seen.figures)
    assert "<img" not in page
    assert ".png" not in page
    assert "hand-of-test" not in page
    assert "drawn" not in page
    assert "S01" in page
    assert '<th scope="row">hands</th>' in page
    assert "do not publish it" not in page


def test_markup_is_balanced_and_names_are_escaped(seen: Evaluation) -> None:
    """Text of a manifest is escaped, and every tag is closed."""
    rows = [{**row, "file": "<script>", "read": "<b>"} for row in seen.figures["worst_mistakes"]]
    figures = {**seen.figures, "model": "<i>x", "worst_mistakes": rows, "split": "</title>$x"}
    figures["per_signer"] = {"<u>": {"images": 2, "accuracy": 0.5, "ece": 0.1}}
    page = report(figures, seen.pictures)
    assert not any(tag in page for tag in ("<script>", "<i>", "<b>&", "<u>", "</title>$x"))
    assert "&lt;/title&gt;$x" in page
    parser = _Balance()
    parser.feed(page)
    assert parser.open == []


def test_page_without_figures_has_dashes(tmp_path: Path) -> None:
    """A split without pictures still makes a page."""
    root = write_pictures(tmp_path, "C", {"test": 1})
    empty = evaluate([root / "hands"], "celov", "exam", PictureCrop.ORACLE)
    assert "–" in report(empty.figures, empty.pictures)
    assert "No picture to measure." in report(empty.figures)


def test_mistake_of_a_hand_that_was_not_found_has_no_picture(tmp_path: Path) -> None:
    """There is no patch to show, and the card says so."""
    root = write_pictures(tmp_path, "C", {"test": 1})
    blind = evaluate([root / "hands"], "celov", "test", PictureCrop.HAND, lambda _: None)
    page = report(blind.figures, blind.pictures)
    assert "<img" not in page
    assert "no hand found" in page


def alphabet(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures with a confusion matrix of 25 labels."""
    labels = [*"ABCDEFGHIKLMNOPQRSTUVWXY", "none"]
    counts = 300 * np.eye(25, dtype=np.int64) + np.eye(25, k=1, dtype=np.int64)
    counts[-1] = 0
    row = {"images": 301, "precision": 0.99, "recall": None, "f1": 0.98}
    return {
        **figures,
        "confusion": {"labels": labels, "counts": counts.tolist()},
        "per_class": dict.fromkeys(labels[:-1], row),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_page_fits_and_is_readable(
    seen: Evaluation, chromium_path: str, tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    """From 320 pixels on the page does not scroll sideways, loads nothing, and each number stands out from its tint."""
    file = tmp_path / "page.html"
    file.write_text(report(alphabet(seen.figures), seen.pictures), encoding="utf-8")
    said: list[str] = []
    asked: list[str] = []
    async with browser_with_camera(chromium_path) as browser:
        for width in (320, 400, 1200):
            page = await browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
            page.on("console", lambda message: said.append(message.text))
            page.on("request", lambda request: asked.append(request.url.partition(":")[0]))
            await page.goto(file.as_uri())
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
            assert await page.evaluate(LEAST_CONTRAST) >= 4.5
            await page.close()
    assert said == []
    assert set(asked) <= {"file", "data"}

"""Every English text the pages can show, read from their sources."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

ROOT = Path(__file__).parents[2] / "streamsign"
SHOWN_ATTRIBUTES = ("alt", "aria-label", "data-empty", "placeholder", "title")
_LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`')
_COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)
NO_WORDS = {
    "Content-Type", "Authorization", "Bearer {}", "Location", "Link", "POST", "DELETE", "Backspace", "Infinity",
    "NotAllowedError", "NotFoundError", "OverconstrainedError", "NotReadableError", "AbortError",
    "Streamsign-Session", "Escape", "If-Match",
}  # fmt: skip
"""Capitalized literals that are not visible."""


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.words += [str(given[name]) for name in SHOWN_ATTRIBUTES if given.get(name)]
        if tag not in ("meta", "link", "img", "input", "path", "br", "source"):
            self._open.append((tag, given.get("translate") == "no" or tag in ("script", "style")))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if re.search(r"[A-Za-z]{2}", text) and not any(hidden for _, hidden in self._open):
            self.words.append(text)


def html_words(html: str) -> list[str]:
    """Texts and shown attributes of a page, white space made single."""
    page = _Page()
    page.feed(html)
    return page.words


def script_words(path: Path) -> Iterator[str]:
    """Literals that begin with a capital and hold words, with ``{}`` where something is put in."""
    source = _COMMENT.sub("", path.read_text(encoding="utf-8"))
    for found in _LITERAL.finditer(source):
        text = found[1] if found[1] is not None else re.sub(r"\$\{(?:[^{}]|\{[^{}]*\})*\}", "{}", found[2])
        if re.match(r"[A-Z][a-z{ ]", text) and text not in NO_WORDS:
            yield text


def refusals(*folders: str) -> tuple[set[str], list[str]]:
    """Codes of the problems that modules of these folders make, and texts of these and of their errors."""
    codes, said = set(), []
    for path in (file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))):
        source = path.read_text(encoding="utf-8")
        if folder_of(path) == "collection" and path.stem == "manifest":  # the rest of it reads folders of a training
            source = source[source.index("def picture_of") :]
        for call in ast.walk(ast.parse(source)):
            if not isinstance(call, ast.Call):
                continue
            name, texts = ast.unparse(call.func).rpartition(".")[2], [_text(each) for each in call.args]
            if ast.unparse(call.func) == "Problem.of":
                codes.add(texts[1] or "")
            elif name == "Problem":
                codes.add(texts[1] or "")
                said += [text for text in texts[2:4] if text]
            elif name in _ERRORS:
                said += [text for text in texts if text]
    return codes - {""}, [text for text in said if text != "{}"]


_ERRORS = {"CollectionError", "CollectionFull", "AdaptationRefused", "TrainingError"}


def folder_of(path: Path) -> str:
    """The package below streamsign that a module is in."""
    return path.relative_to(ROOT).parts[0]


def _text(node: ast.expr) -> str | None:
    """A literal, with ``{}`` where something is put in; None for other expressions."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None

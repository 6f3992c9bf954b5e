"""Scripts, styles and texts, served without comments and indentation."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

from fastapi.staticfiles import StaticFiles
from starlette.responses import FileResponse, Response
from starlette.types import Scope

_COMMENT_LINES = re.compile(r"^[ \t]*(?://.*|/\*(?s:.*?)\*/[ \t]*)$", re.MULTILINE)
_COMMENT_AFTER_CODE = re.compile(r"[ \t]+(?:// .*|/\*[^\n]*?\*/)$", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n{2,}")
_CSS_SPACES = re.compile(r" *([{};,]) *|(?<=:) ")
_OPERATORS = re.compile(r" (=>|[!=]==|&&|\|\||\?\?|[<>]=|[-+*/]?=|[?:*<>]|(?<=[\w)\]] )[-+](?= [^-+])) ")
_BRACES = re.compile(r"(?<=\bif) (?=\()|(?<=\)) (?=\{)|(?<=\{) | (?=\})")
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


def bare(source: str) -> str:
    """A script or style without comments at the ends of lines, indentation and empty lines.

    No template literal of the pages may span lines: indentation would be part of its text. No text of a page may have a
    space on both sides of two slashes.
    """
    code = _INDENT.sub("", _COMMENT_AFTER_CODE.sub("", _COMMENT_LINES.sub("", source)))
    return _EMPTY_LINES.sub("\n", code).lstrip("\n")


def bare_script(source: str) -> str:
    """A script :func:`bare` and without spaces around operators and in braces.

    No text of a script may have spaces around an operator or in braces.
    """
    return _BRACES.sub("", _OPERATORS.sub(r"\1", bare(source)))


def bare_style(source: str) -> str:
    """A style :func:`bare` and without spaces at braces and punctuation. No string of a style may hold any of these."""
    return _CSS_SPACES.sub(lambda found: found[1] or "", bare(source))


def unindented(source: str) -> str:
    """A page or a JSON file without indentation and empty lines."""
    return _EMPTY_LINES.sub("\n", _INDENT.sub("", source))


_SMALLER = {
    ".js": bare_script,
    ".css": bare_style,
    ".html": unindented,
    ".json": unindented,
    ".webmanifest": unindented,
}


def content(path: Path) -> bytes:
    """A script, style, page, JSON file or manifest as it is served. A changed file is read again."""
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _read(path: Path, _changed_ns: int) -> bytes:
    return _SMALLER[path.suffix](path.read_text(encoding="utf-8")).encode()


class PageFiles(StaticFiles):
    """Serves a folder.

    Scripts are :func:`bare_script`, styles :func:`bare_style`, pages and JSON files :func:`unindented`.
    """

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """Answer with a file that exists, or that it has not changed."""
        whole = super().file_response(full_path, stat_result, scope, status_code)
        if not isinstance(whole, FileResponse) or Path(full_path).suffix not in _SMALLER:
            return whole
        kept = {name: whole.headers[name] for name in ("etag", "last-modified", "content-type")}
        return Response(_read(Path(full_path), stat_result.st_mtime_ns), status_code, kept)

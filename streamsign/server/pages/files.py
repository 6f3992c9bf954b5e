"""Serves minified scripts and styles, and pages and texts without indentation."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from fastapi.staticfiles import StaticFiles
from rcssmin import cssmin
from rjsmin import jsmin
from starlette.responses import FileResponse, Response
from starlette.types import Scope

_EMPTY_LINES = re.compile(r"\n{2,}")
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


def unindented(source: str) -> str:
    """A page or a JSON file without indentation and empty lines."""
    return _EMPTY_LINES.sub("\n", _INDENT.sub("", source))


_SMALLER: dict[str, Callable[[str], str]] = {
    ".js": jsmin,
    ".css": cssmin,
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

    Scripts and styles are minified by rjsmin and rcssmin, pages and JSON files are :func:`unindented`.
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

"""The pages and their files. They are not part of the documented interface."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from starlette.middleware.gzip import GZipMiddleware

from streamsign.server.cameras.registry import Cameras
from streamsign.server.pages.files import PageFiles
from streamsign.server.pages.html import WEB, page
from streamsign.server.parts import Parts

_PAGES = {
    "/": "host.html",
    "/view/{room}": "view.html",
    "/overlay/{room}": "overlay.html",
    "/studio": "studio.html",
    "/practice": "practice.html",
    "/collect": "collect.html",
    "/trust": "trust.html",
}

files = GZipMiddleware(PageFiles(directory=WEB))
"""Serves scripts and styles, compressed; to be mounted at /static."""

router = APIRouter(include_in_schema=False)


def _serve(path: str, file: str) -> None:
    @router.get(path, name=file)
    async def serve(parts: Parts) -> HTMLResponse:
        return HTMLResponse(page(file, elsewhere=not isinstance(parts.cameras, Cameras)))


for _path, _file in _PAGES.items():
    _serve(_path, _file)

"""The pages and their files. They are not part of the documented interface."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.middleware.gzip import GZipMiddleware

from streamsign.server.pages.files import PageFiles

WEB = Path(__file__).parents[1] / "web"
"""Folder of the pages."""

_PAGES = {
    "/": "host.html",
    "/phone": "phone.html",
    "/view/{room}": "view.html",
    "/overlay/{room}": "overlay.html",
    "/studio": "studio.html",
    "/practice": "practice.html",
    "/trust": "trust.html",
}

files = GZipMiddleware(PageFiles(directory=WEB))
"""Serves scripts and styles, compressed; to be mounted at /static."""

router = APIRouter(include_in_schema=False)


def _serve(path: str, file: str) -> None:
    @router.get(path, name=file)
    async def page() -> FileResponse:
        return FileResponse(WEB / file)


for _path, _file in _PAGES.items():
    _serve(_path, _file)

"""The phone page as an app that a browser installs: its manifest, and the scripts that must lie within its scope."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse

from streamsign.server.cameras.registry import Cameras
from streamsign.server.pages.files import content
from streamsign.server.pages.html import WEB, page
from streamsign.server.parts import Parts

SCOPE = "/phone"
"""Pages and workers that the service worker serves without a network (Service Workers, W3C, section 3.4.3). A worker is
served by it only if its own address lies within, which those below /static do not."""

_FILES = {
    "reader.js": "text/javascript",
    "offline.js": "text/javascript",
    "app.webmanifest": "application/manifest+json",
}

router = APIRouter(include_in_schema=False)


@router.get(SCOPE, name="phone.html")
async def get_phone(parts: Parts) -> HTMLResponse:
    """Get the phone page."""
    return HTMLResponse(
        page("phone.html", where=parts.settings.where, elsewhere=not isinstance(parts.cameras, Cameras))
    )


def _serve(name: str, media_type: str) -> None:
    file = WEB / "ondevice" / name

    @router.get(f"{SCOPE}/{name}", name=name)
    async def serve() -> Response:
        return Response(content(file), media_type=media_type, headers={"Service-Worker-Allowed": SCOPE})


for _name, _media_type in _FILES.items():
    _serve(_name, _media_type)

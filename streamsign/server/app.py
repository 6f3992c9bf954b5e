"""The web application: pages, WHIP, captions, measurements."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from fastapi import Depends, FastAPI, Request, Response, WebSocket
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.middleware.base import RequestResponseEndpoint
from starlette.middleware.gzip import GZipMiddleware

from streamsign import __version__
from streamsign.captions.hub import Rooms
from streamsign.captions.log import Action
from streamsign.recognition.recognizer import Recognizer
from streamsign.server.cameras.registry import Cameras
from streamsign.server.cameras.routes import refusal, whip_router
from streamsign.server.captions.feeds import feed_router
from streamsign.server.captions.routes import word_router
from streamsign.server.captions.websocket import serve_captions
from streamsign.server.devices.registry import Devices
from streamsign.server.devices.routes import device_router
from streamsign.server.documents.asyncapi import document
from streamsign.server.grants.access import Access, bearer, is_this_computer
from streamsign.server.grants.scope import OtherRoom, own_room
from streamsign.server.metrics.collector import Metrics
from streamsign.server.models.routes import model_router
from streamsign.server.pairing.codes import PairingCodes
from streamsign.server.pairing.links import Links
from streamsign.server.pairing.routes import pair_router
from streamsign.server.practice.routes import practice_router
from streamsign.server.tls.routes import trust_router
from streamsign.settings import Settings

WEB = Path(__file__).with_name("web")
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self' ws: wss:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=()",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class EditRequest(BaseModel):
    """Body of POST /rooms/{room}/edits."""

    model_config = ConfigDict(extra="forbid")
    action: Action
    word: str = Field(default="", max_length=24, pattern="^[A-Za-z]*$", description="what replace puts in")
    instead: str = Field(default="", max_length=10_000, description="the present word that replace was chosen for")

    @model_validator(mode="after")
    def _fits(self) -> EditRequest:
        if (self.action == "replace") != bool(self.word):
            raise ValueError("a word is needed to replace one, and for nothing else")
        return self


@dataclass
class Server:
    """What lives as long as the server: shared by both listeners."""

    settings: Settings
    access: Access
    devices: Devices
    rooms: Rooms
    metrics: Metrics
    cameras: Cameras
    executor: ThreadPoolExecutor
    codes: PairingCodes = field(default_factory=PairingCodes)
    links: Links = field(default_factory=lambda: Links("", None))
    ready: bool = False

    async def close(self) -> None:
        """End every camera and viewer and stop the recognition threads."""
        self.codes.close()
        await self.cameras.close_all()
        self.rooms.close()
        await asyncio.sleep(0)
        self.executor.shutdown(wait=False, cancel_futures=True)


def make_server(settings: Settings) -> Server:
    """Load the model, read one blank frame to warm it, and put the parts together.

    Raises:
        ModelError: the model cannot be used.
        SettingsError: the state folder cannot be written.
    """
    model = settings.load_model()
    warm = Recognizer(model)
    warm.feed(np.zeros((240, 320), np.uint8), 0.0)
    devices = Devices(settings.state_dir / "devices.json")
    access = Access(settings, devices.is_barred)
    # Viewers compare event times with their own clocks and with other rooms: the Unix clock serves all.
    rooms = Rooms(model.info.name, model.info.letters, clock=time.time)
    metrics = Metrics()
    executor = ThreadPoolExecutor(os.cpu_count() or 1, "recognition")
    cameras = Cameras(settings, model, executor, metrics)
    return Server(settings, access, devices, rooms, metrics, cameras, executor, ready=True)


def create_app(settings: Settings, server: Server | None = None) -> FastAPI:
    """The application; makes its own server parts, and closes them at its end, when none are given."""
    own = server is None
    parts = make_server(settings) if server is None else server

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        if own:
            await parts.close()

    app = FastAPI(title="streamsign", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.server = parts
    app.include_router(
        whip_router(parts.cameras, parts.rooms, parts.access.within_any_room()),
        dependencies=[Depends(own_room(parts.cameras, parts.access))],
    )

    @app.exception_handler(OtherRoom)
    async def other_room(_request: Request, _error: Exception) -> Response:
        return refusal(403, "This phone is paired with another room; scan that room's QR code.")

    app.mount("/static", GZipMiddleware(StaticFiles(directory=WEB)), name="static")

    @app.middleware("http")
    async def add_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        if request.url.path.startswith("/static/"):
            response.headers["Cache-Control"] = "no-cache"  # kept, but asked about: never older than the server
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    def local(request: Request) -> bool:
        return is_this_computer(request.client.host if request.client else None, request.headers)

    def viewer(request: Request, room: str | None = None) -> bool:
        access = parts.access if room is None else parts.access.within(room)
        return local(request) or access.may_view(bearer(request.headers))

    def owner(request: Request) -> bool:
        return local(request) or parts.access.is_owner(bearer(request.headers))

    app.include_router(pair_router(parts.codes, parts.rooms, parts.access, parts.devices, lambda: parts.links, owner))
    app.include_router(device_router(parts.devices, parts.cameras, owner))
    app.include_router(model_router(parts.cameras, parts.rooms, owner))
    app.include_router(trust_router(settings.state_dir, WEB))
    app.include_router(practice_router(lambda: parts.cameras.model.info, WEB))
    app.include_router(feed_router(parts.rooms, parts.access, local))
    app.include_router(word_router(parts.rooms, viewer))

    @app.get("/")
    async def host_page() -> FileResponse:
        return FileResponse(WEB / "host.html")

    @app.get("/phone")
    async def phone_page() -> FileResponse:
        return FileResponse(WEB / "phone.html")

    @app.get("/view/{room}")
    async def view_page(room: str) -> FileResponse:
        return FileResponse(WEB / "view.html")

    @app.get("/overlay/{room}")
    async def overlay_page(room: str) -> FileResponse:
        return FileResponse(WEB / "overlay.html")

    @app.websocket("/captions/{room}")
    async def captions(socket: WebSocket, room: str) -> None:
        await serve_captions(
            socket, room, rooms=parts.rooms, access=parts.access, metrics=parts.metrics, on_open=lambda _: None
        )

    @app.post("/rooms/{room}/edits")
    async def edit(room: str, body: EditRequest, request: Request) -> Response:
        if not viewer(request, room):
            return refusal(401, "The view token is missing or wrong.", {"WWW-Authenticate": "Bearer"})
        try:
            found = parts.rooms.get(room)
            if body.action == "replace" and found.text[found.text.rfind(" ") + 1 :] != body.instead:
                return refusal(409, "The word has changed meanwhile; nothing was replaced.")
            event = found.edit(body.action, word=body.word.upper())
        except ValueError as error:
            return refusal(404, str(error))
        return Response(event.model_dump_json(), media_type="application/json")

    @app.get("/api/host")
    async def host(request: Request, room: str = "main") -> Response:
        if not local(request):
            return refusal(403, "Only the computer that runs streamsign may ask this.")
        try:
            found = parts.rooms.get(room)
        except ValueError as error:
            return refusal(404, str(error))
        return JSONResponse(
            {
                "room": room,
                "phones": parts.links.base is not None,
                "view_url": parts.links.view_url(room, parts.access.view_token),
                "publish_token": parts.access.publish_token,
                "model": found.model_name,
                "letters": list(found.letters),
                "version": __version__,
            }
        )

    @app.get("/api/latency")
    async def latency(request: Request) -> Response:
        if not viewer(request):
            return refusal(401, "The view token is missing or wrong.", {"WWW-Authenticate": "Bearer"})
        return JSONResponse(parts.metrics.latency())

    @app.get("/asyncapi.json")
    async def asyncapi() -> JSONResponse:
        return JSONResponse(document())

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(parts.metrics.exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    @app.get("/healthz")
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz")
    async def ready() -> Response:
        return JSONResponse({"status": "ready" if parts.ready else "starting"}, 200 if parts.ready else 503)

    return app

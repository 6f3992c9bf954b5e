"""The web application, assembled from the packages' routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from streamsign import __version__
from streamsign.server.adaptations.routes import router as adaptations
from streamsign.server.cameras.look import router as looks
from streamsign.server.cameras.routes import router as cameras
from streamsign.server.captions.routes import router as captions
from streamsign.server.collect.pictures import router as collected
from streamsign.server.collect.report import router as report
from streamsign.server.collect.takes import router as takes
from streamsign.server.confirmed.routes import router as confirmed
from streamsign.server.devices.routes import router as devices
from streamsign.server.documents.openapi import describe
from streamsign.server.documents.routes import router as documents
from streamsign.server.grants.routes import router as grants
from streamsign.server.host.routes import router as host
from streamsign.server.http.body_limit import BodyLimit
from streamsign.server.http.cross_site import CrossSite
from streamsign.server.http.headers import ResponseHeaders
from streamsign.server.http.problems import handle_problems
from streamsign.server.links.routes import router as links
from streamsign.server.metrics.queues import router as queues
from streamsign.server.metrics.requests import RequestCounts
from streamsign.server.metrics.routes import router as metrics
from streamsign.server.models.routes import router as models
from streamsign.server.ondevice.routes import router as on_device
from streamsign.server.pages.not_found import not_found
from streamsign.server.pages.phone_app import router as phone_app
from streamsign.server.pages.routes import files
from streamsign.server.pages.routes import router as pages
from streamsign.server.pairing.routes import router as pairing
from streamsign.server.parts import Server, make_server
from streamsign.server.practice.routes import router as practice
from streamsign.server.tls.routes import router as trust
from streamsign.settings import Settings

ROUTERS = (
    grants,
    cameras,
    looks,
    captions,
    pairing,
    devices,
    links,
    models,
    adaptations,
    confirmed,
    host,
    metrics,
    queues,
    trust,
    practice,
    collected,
    report,
    takes,
    on_device,
    documents,
    phone_app,
    pages,
)


def create_app(settings: Settings, server: Server | None = None) -> FastAPI:
    """Make the application. Without ``server`` it makes its own parts, and closes them when it ends.

    Raises:
        ModelError: the model cannot be used.
        SettingsError: the state folder cannot be written.
    """
    parts = make_server(settings) if server is None else server

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        if server is None:
            await parts.close()

    app = FastAPI(
        title="streamsign",
        version=__version__,
        docs_url=None,
        openapi_url=None,  # documents/routes.py serves it
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.server = parts
    handle_problems(app)
    app.add_exception_handler(404, not_found)
    app.add_middleware(BodyLimit, max_sdp_bytes=settings.max_sdp_bytes)
    app.add_middleware(CrossSite)
    app.add_middleware(ResponseHeaders)
    app.add_middleware(RequestCounts)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", files, name="static")
    describe(app)
    return app

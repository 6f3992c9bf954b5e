"""Monitoring: health, readiness, metrics and latency."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field

from streamsign.server.grants.guards import require_viewer
from streamsign.server.http.problems import Problem, problems
from streamsign.server.metrics.histogram import Percentiles
from streamsign.server.parts import Parts

router = APIRouter(tags=["monitoring"])

_EXPOSITION: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus text"}
}


LOG_AWAY_S = 3.0
"""Time without a connection to the caption log from which a process takes no cameras. A restart of NATS is shorter."""


class Health(BaseModel):
    """The server answers."""

    status: Literal["alive"] = "alive"


class Readiness(BaseModel):
    """The server takes cameras."""

    status: Literal["ready"] = "ready"


class Latency(BaseModel):
    """Percentiles of each stage between capture and screen, milliseconds, by the stage's name."""

    window_s: float = Field(description="length of the window of `recent`, seconds")
    recent: dict[str, Percentiles] = Field(description="over the window")
    since_start: dict[str, Percentiles] = Field(description="since the server started")


@router.get("/healthz")
async def get_health() -> Health:
    """Check that the server answers."""
    return Health()


@router.get("/readyz", responses=problems(503))
async def get_readiness(parts: Parts) -> Readiness:
    """Check that the model is loaded and the server takes cameras; in a cluster, that NATS is in reach."""
    if not parts.ready:
        raise Problem(503, "starting", "The server is starting or stopping.", "Try again.", {"Retry-After": "1"})
    if parts.rooms.away_s >= LOG_AWAY_S:
        raise Problem(
            503, "nats_away", "NATS does not answer.", "Start NATS, or check the network.", {"Retry-After": "1"}
        )
    return Readiness()


@router.get(
    "/metrics",
    response_class=Response,
    dependencies=[Depends(require_viewer)],
    responses=_EXPOSITION | problems(401),
)
async def get_metrics(parts: Parts) -> Response:
    """Get counters, gauges and histograms in the text format of Prometheus."""
    return Response(parts.metrics.exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})


@router.get("/api/latency", dependencies=[Depends(require_viewer)], responses=problems(401))
async def get_latency(parts: Parts) -> Latency:
    """Get p50, p95 and p99 of every stage."""
    return Latency.model_validate(parts.metrics.latency())

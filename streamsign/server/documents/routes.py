"""The documents of the interfaces, for who may view: GET /asyncapi.json and /openapi.json."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request

from streamsign.server.documents.asyncapi import document
from streamsign.server.grants.guards import require_viewer
from streamsign.server.http.problems import problems

router = APIRouter(tags=["documents"], dependencies=[Depends(require_viewer)])


@router.get("/asyncapi.json", responses=problems(401))
async def get_asyncapi() -> dict[str, Any]:
    """Get the caption protocol as an AsyncAPI 3.0 document."""
    return document()


@router.get("/openapi.json", responses=problems(401))
async def get_openapi(request: Request) -> dict[str, Any]:
    """Get the HTTP interface as an OpenAPI document."""
    described: dict[str, Any] = request.app.openapi()
    return described

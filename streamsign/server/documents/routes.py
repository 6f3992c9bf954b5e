"""GET /asyncapi.json. FastAPI serves /openapi.json."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from streamsign.server.documents.asyncapi import document

router = APIRouter(tags=["documents"])


@router.get("/asyncapi.json")
async def get_asyncapi() -> dict[str, Any]:
    """Get the caption protocol as an AsyncAPI 3.0 document."""
    return document()

"""What FastAPI leaves out of the OpenAPI document of the HTTP interface."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from streamsign.server.http.problems import MEDIA_TYPE

_DESCRIPTION = (
    "HTTP interface of a streamsign server. Captions come over a websocket, which /asyncapi.json describes. "
    f"Every error is {MEDIA_TYPE} (RFC 9457)."
)


_UNUSED = ("HTTPValidationError", "ValidationError")
"""FastAPI's own models of validation errors."""


def describe(app: FastAPI) -> None:
    """Complete the document that an application serves at /openapi.json."""
    app.description = _DESCRIPTION
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(generate())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    for operations in document["paths"].values():
        for operation in operations.values():
            responses = operation["responses"]
            # FastAPI adds 422 to every operation with parameters, also where no value is invalid.
            if _UNUSED[0] in str(responses.get("422")):
                del responses["422"]
            # FastAPI describes all responses of a route with one media type.
            for status, response in responses.items():
                if status >= "400":
                    response["content"] = {MEDIA_TYPE: response["content"].popitem()[1]}
    for name in _UNUSED:
        document["components"]["schemas"].pop(name, None)
    return document

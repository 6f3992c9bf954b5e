"""Counts HTTP requests by route and status, and websockets by close code."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streamsign.captions.protocol import GOING_AWAY, NOT_TEXT, TOO_BIG, TRY_AGAIN
from streamsign.server.metrics.collector import Metrics

NO_ROUTE = "other"
"""Label of requests that no route answers: a path that a client invents must not become a label."""

ABNORMAL = 1006
"""Close code of a websocket that ended without a close frame (RFC 6455, section 7.1.5)."""

_COUNTED = (1000, GOING_AWAY, 1005, ABNORMAL, NOT_TEXT, TOO_BIG, 1011, 1012, TRY_AGAIN)
"""Close codes below 4400 that have labels of their own."""


class RequestCounts:
    """ASGI middleware that counts every answer in the metrics of the application's server.

    Args:
        app: the application; its ``state.server.metrics`` counts.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        metrics: Metrics = scope["app"].state.server.metrics
        code: int | None = None  # the first of both sides' is the reason

        async def count(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                metrics.requests.labels(_method(scope), _route(scope), message["status"]).inc()
            elif message["type"] == "websocket.close":
                code = code or message.get("code", 1000)
            await send(message)

        async def heard() -> Message:
            nonlocal code
            message = await receive()
            if message["type"] == "websocket.disconnect":
                code = code or message.get("code") or ABNORMAL
            return message

        if scope["type"] == "http":
            await self._app(scope, receive, count)
            return
        try:
            await self._app(scope, heard, count)
        finally:
            metrics.websockets_closed.labels(_bounded(code or ABNORMAL)).inc()


def _route(scope: Scope) -> str:
    """The route's template, such as ``/rooms/{room}/edits``; routing has put it into the scope by now."""
    return str(getattr(scope.get("route"), "path", NO_ROUTE))


def _method(scope: Scope) -> str:
    known = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return scope["method"] if scope["method"] in known else NO_ROUTE


def _bounded(code: int) -> str:
    """The label of a close code; those that a client invents share one."""
    return str(code) if code in _COUNTED or 4400 <= code <= 4499 else NO_ROUTE

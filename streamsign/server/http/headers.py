"""Headers that every response carries."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "object-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=()",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}

WORKER = "/phone/reader.js"
"""The script that reads letters on a phone. Only it may compile WebAssembly: a worker has its own response's policy
(Content Security Policy Level 3, section 4.2.2)."""

WASM_POLICY = "; script-src 'self' 'wasm-unsafe-eval'"

CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, ETag, Link, Retry-After, Accept-Patch, Streamsign-Session",
}
"""Headers of responses under /whip: a page of any origin may publish with a token, and reads why it was refused."""


class ResponseHeaders:
    """ASGI middleware that adds security, cache and CORS headers. Headers that a route has set stay.

    Args:
        app: the application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = _headers_for(scope["path"])

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in added.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _headers_for(path: str) -> dict[str, str]:
    # Browsers keep scripts and styles, and ask each time whether they changed: never older than the server.
    cache = "no-cache" if path.startswith("/static/") else "no-store"
    cors = CORS_HEADERS if path == "/whip" or path.startswith("/whip/") else {}
    shared = {**SECURITY_HEADERS, **({"Cross-Origin-Resource-Policy": "cross-origin"} if cors else {})}
    if path == WORKER:
        shared["Content-Security-Policy"] += WASM_POLICY
    return {**shared, **cors, "Cache-Control": cache}

"""WHIP, RFC 9725: how a camera offers its video, adds candidates, and leaves."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from streamsign.captions.hub import Rooms
from streamsign.errors import OfferError
from streamsign.recognition.recognizer import Recognizer
from streamsign.server.access import Access, bearer
from streamsign.server.metrics import Metrics
from streamsign.settings import Settings
from streamsign.webrtc.session import CameraSession

MAX_BODY = 256 * 1024
SDP, TRICKLE = "application/sdp", "application/trickle-ice-sdpfrag"
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, ETag, Link, Retry-After, Accept-Patch",
}


@dataclass(frozen=True, slots=True)
class _Entry:
    session: CameraSession
    etag: str
    ufrag: str


class WhipSessions:
    """The cameras connected now, by their secret path."""

    def __init__(
        self,
        settings: Settings,
        rooms: Rooms,
        metrics: Metrics,
        executor: Executor,
        make_recognizer: Callable[[], Recognizer],
    ) -> None:
        self._settings = settings
        self._rooms = rooms
        self._metrics = metrics
        self._executor = executor
        self._make_recognizer = make_recognizer
        self._entries: dict[str, _Entry] = {}
        self._arriving = 0

    @property
    def full(self) -> bool:
        """Whether one more camera would be too many."""
        return len(self._entries) + self._arriving >= self._settings.max_sessions

    def find(self, key: str) -> _Entry | None:
        """The session at a secret path."""
        return self._entries.get(key)

    async def add(self, offer: str, room_name: str) -> tuple[str, str, str]:
        """Answer an offer; returns the secret key, the ETag and the SDP answer.

        Raises:
            OfferError: the offer cannot be answered.
            ValueError: the room has no possible name.
        """
        room = self._rooms.get(room_name)
        key = secrets.token_urlsafe(24)
        self._arriving += 1
        try:
            recognizer = await asyncio.get_running_loop().run_in_executor(self._executor, self._make_recognizer)
            session = CameraSession(
                secrets.token_hex(4),
                room,
                recognizer,
                self._executor,
                ice_servers=self._settings.ice_servers,
                stall_after_s=self._settings.stall_after_s,
                close_after_s=self._settings.close_after_s,
                observe=self._metrics.observe,
                on_closed=lambda _: self._forget(key),
            )
            answer = await session.answer(offer)
        finally:
            self._arriving -= 1
        found = re.search(r"^a=ice-ufrag:(\S+)", offer, re.MULTILINE)
        etag = f'"{secrets.token_urlsafe(12)}"'
        self._entries[key] = _Entry(session, etag, found[1] if found else "")
        self._metrics.sessions.set(len(self._entries))
        return key, etag, answer

    async def close(self) -> None:
        """End every session."""
        await asyncio.gather(*(entry.session.close("The server is stopping.") for entry in [*self._entries.values()]))

    def _forget(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._metrics.dropped.inc(entry.session.skipped)
        self._metrics.sessions.set(len(self._entries))


def whip_router(sessions: WhipSessions, access: Access, settings: Settings) -> APIRouter:
    """The routes under /whip."""
    router = APIRouter()
    link = {"Link": ", ".join(f'<{url}>; rel="ice-server"' for url in settings.ice_servers)}
    ice_links = link if settings.ice_servers else {}

    @router.post("/whip")
    async def offer(request: Request) -> Response:
        if not access.may_publish(bearer(request.headers)):
            return _unauthorized()
        if _media_type(request) != SDP:
            return refusal(415, f"The offer must come as {SDP}.", {"Accept-Post": SDP})
        body = await _body(request)
        if body is None:
            return refusal(413, "The offer is larger than 256 KiB.")
        if sessions.full:
            return refusal(503, "As many cameras as allowed are connected; stop one.", {"Retry-After": "5"})
        try:
            key, etag, answer = await sessions.add(body.decode(), request.query_params.get("room", "main"))
        except OfferError as error:
            return refusal(400, f"{error.problem} {error.next_step}")
        except ValueError as error:  # a body that is no UTF-8, or a room name
            return refusal(400, f"The request cannot be used: {error}.")
        headers = {"Location": f"/whip/{key}", "ETag": etag, "Accept-Patch": TRICKLE, **ice_links, **CORS}
        return Response(answer, 201, headers, SDP)

    @router.options("/whip")
    async def endpoint_options() -> Response:
        return Response(status_code=204, headers={**_preflight("POST, OPTIONS"), "Accept-Post": SDP, **ice_links})

    @router.options("/whip/{key}")
    async def session_options(key: str) -> Response:
        return Response(status_code=204, headers={**_preflight("PATCH, DELETE, OPTIONS"), "Accept-Patch": TRICKLE})

    @router.delete("/whip/{key}")
    async def leave(key: str, request: Request) -> Response:
        if not access.may_publish(bearer(request.headers)):
            return _unauthorized()
        entry = sessions.find(key)
        if entry is None:
            return refusal(404, "There is no such session; it may have ended.")
        await entry.session.close()
        return Response(status_code=200, headers=CORS)

    @router.patch("/whip/{key}")
    async def trickle(key: str, request: Request) -> Response:
        if not access.may_publish(bearer(request.headers)):
            return _unauthorized()
        entry = sessions.find(key)
        if entry is None:
            return refusal(404, "There is no such session; it may have ended.")
        if _media_type(request) != TRICKLE:
            return refusal(415, f"Candidates must come as {TRICKLE}.", {"Accept-Patch": TRICKLE})
        match = request.headers.get("if-match")
        if match is None:
            return refusal(428, "If-Match with the session's ETag is missing.")
        if match.strip() == "*":
            return refusal(422, "ICE restarts are not supported; make a new session.")
        if match.strip() != entry.etag:
            return refusal(412, "The ETag is not this session's.")
        body = await _body(request)
        if body is None:
            return refusal(413, "The fragment is larger than 256 KiB.")
        try:
            ufrag, candidates = parse_fragment(body.decode())
            if ufrag is not None and ufrag != entry.ufrag:
                return refusal(422, "Other ICE credentials mean a restart, which is not supported; make a new session.")
            await entry.session.add_candidates(candidates)
        except OfferError as error:
            return refusal(400, f"{error.problem} {error.next_step}")
        except ValueError:
            return refusal(400, "The fragment is no UTF-8 text.")
        return Response(status_code=204, headers=CORS)

    return router


def parse_fragment(text: str) -> tuple[str | None, list[tuple[str, str]]]:
    """The ICE user fragment and the (mid, candidate) pairs of a trickle fragment (RFC 8840)."""
    ufrag: str | None = None
    mid = "0"
    candidates = []
    for line in text.splitlines():
        if line.startswith("a=ice-ufrag:"):
            ufrag = line.removeprefix("a=ice-ufrag:").strip()
        elif line.startswith("a=mid:"):
            mid = line.removeprefix("a=mid:").strip()
        elif line.startswith("a=candidate:"):
            candidates.append((mid, line.removeprefix("a=").strip()))
    return ufrag, candidates


def refusal(status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    """An answer that says in plain words what is wrong."""
    return Response(words.strip() + "\n", status, {**CORS, **(headers or {})}, "text/plain")


def _unauthorized() -> Response:
    return refusal(
        401, "The publish token is missing or wrong; scan the QR code again.", {"WWW-Authenticate": "Bearer"}
    )


def _preflight(methods: str) -> dict[str, str]:
    allowed = {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    }
    return {**CORS, **allowed, "Allow": methods}


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _body(request: Request) -> bytes | None:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            return None
    return bytes(body)

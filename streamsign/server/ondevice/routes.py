"""Reading on the phone itself: its parameters, graphs and runtime."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import FileResponse, StreamingResponse

from streamsign.errors import ModelError, RuntimeUnavailable
from streamsign.recognition.framing import Framing
from streamsign.server.cameras.here import cameras_here, require_cameras_here
from streamsign.server.cameras.occupancy import Others, OthersQuery, claim_room
from streamsign.server.cameras.pool import TAKEN_OVER
from streamsign.server.grants.guards import grant_of, require_publisher
from streamsign.server.http.problems import Problem, problems
from streamsign.server.ondevice.document import OnDevice, OnDeviceModel, on_device
from streamsign.server.ondevice.letters import LettersRequest, LettersTaken, TooFast, TooManyReaders
from streamsign.server.ondevice.runtime import VERSION, is_fetched, packed_file, unpacked
from streamsign.server.parts import Parts, Server
from streamsign.server.rooms.names import RoomQuery, room_named
from streamsign.state.grants import Right

router = APIRouter(prefix="/on-device", tags=["on-device"], dependencies=[Depends(require_cameras_here)])

FOREVER = "private, max-age=31536000, immutable"
"""For files whose address changes with their content."""

_PUBLISHER = [Depends(require_publisher)]
_BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_GRAPH: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": _BINARY}, "description": "The TFLite graph"}
}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/javascript": _BINARY, "application/wasm": _BINARY},
        "description": "A script, or the program that it loads",
    }
}

NO_RUNTIME = "This server cannot let phones read letters: the runtime for browsers is not installed."
RUN_COMMAND = "Run `streamsign phone-runtime` on the computer once. Until then the computer reads."
FIXED_FRAMING = "Phones read letters only where the hand is found anywhere in the picture."
WITHOUT_FRAMING = "Start the server without --framing to read on phones."
TOO_FAST = "The phone sends letters faster than a hand signs."
FULL = "As many phones read letters as this server allows."
WAIT = "Wait some seconds, then go on."
"""Shown on phones, and translated by their page."""


@router.get("", dependencies=_PUBLISHER, responses=problems(401, 404, 503))
async def get_on_device(parts: Parts, room: RoomQuery = "main") -> OnDevice:
    """Get what a phone needs to read letters itself with the current model."""
    if not await asyncio.to_thread(is_fetched):
        raise Problem(503, "no_runtime", NO_RUNTIME, RUN_COMMAND)
    return (await _found(parts, room)).document


@router.get(
    "/graphs/{sha256}",
    dependencies=_PUBLISHER,
    response_class=Response,
    responses=_GRAPH | problems(401, 404, 422, 503),
)
async def get_graph(
    sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], parts: Parts, room: RoomQuery = "main"
) -> Response:
    """Get a graph of the current model, or the numbers of a correction."""
    file = (await _found(parts, room)).files.get(sha256)
    if file is None:
        raise Problem(404, "no_such_graph", "The current model does not use this graph.", "Get /on-device again.")
    answer = partial(Response, file) if isinstance(file, bytes) else partial(FileResponse, file)
    return answer(media_type="application/octet-stream", headers={"Cache-Control": FOREVER})


@router.get("/runtime/{version}/{file}", response_class=Response, responses=_FILE | problems(404))
async def get_runtime(request: Request, version: str, file: str) -> Response:
    """Get a file of LiteRT.js, the runtime of the graphs."""
    try:
        if version != VERSION:
            raise KeyError(version)
        packed = await asyncio.to_thread(packed_file, file)
    except (KeyError, RuntimeUnavailable):
        raise Problem(404, "no_such_file", "The runtime lacks this file, or is not installed.", RUN_COMMAND) from None
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    media_type = "application/wasm" if file.endswith(".wasm") else "text/javascript"
    # In pieces: whole files, for strangers that do not read them, would fill the memory.
    if "gzip" in request.headers.get("accept-encoding", ""):
        return FileResponse(packed, media_type=media_type, headers=headers | {"Content-Encoding": "gzip"})
    return StreamingResponse(unpacked(packed), media_type=media_type, headers=headers)


@router.post("/letters", dependencies=_PUBLISHER, responses=problems(400, 401, 404, 409, 413, 422, 503))
async def take_letters(
    body: LettersRequest,
    request: Request,
    parts: Parts,
    room: RoomQuery = "main",
    others: OthersQuery = Others.ALLOW,
) -> LettersTaken:
    """Add letters that a phone has read to a room. An event that was taken before is not taken again."""
    grant = grant_of(request, parts, Right.PUBLISH)
    holder = None if grant is None else grant.holder
    found = await room_named(parts.rooms, room)
    if not (body.ended or parts.readers.is_reading(room, body.session)):
        await parts.cameras.end_all(claim_room(parts, room, holder, others, ""), TAKEN_OVER)
    try:
        taken = parts.readers.take(
            found,
            body,
            parts.cameras.model.info.alphabet,
            holder=holder,
            silent_s=parts.settings.close_after_s,
            hold=partial(parts.holds.hold, grant),
        )
    except TooFast:
        raise Problem(429, "too_fast", TOO_FAST, WAIT) from None
    except TooManyReaders:
        raise Problem(503, "full", FULL, WAIT, {"Retry-After": f"{parts.settings.close_after_s:.0f}"}) from None
    if holder is not None:
        parts.devices.saw(holder)
    await found.settled()  # a phone drops what was taken
    adapted = await asyncio.to_thread(cameras_here(parts).adaptations.digest_for, room, parts.cameras.model)
    return taken.model_copy(update={"text": found.log.newest_text, "adapted": adapted})


async def _found(parts: Server, room: str) -> OnDeviceModel:
    settings = parts.settings
    if settings.framing is not Framing.AUTO:
        raise Problem(503, "fixed_framing", FIXED_FRAMING, WITHOUT_FRAMING)
    pauses = (await room_named(parts.rooms, room, make=False)).pauses

    def find() -> OnDeviceModel:
        model = cameras_here(parts).adaptations.model_for(room, parts.cameras.model)
        return on_device(model, settings.reader, pauses, VERSION)

    try:
        return await asyncio.to_thread(find)
    except (ModelError, RuntimeUnavailable) as error:
        raise Problem.of(503, "model_unusable", error) from error

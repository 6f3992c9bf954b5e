"""Recording: a camera's signer agrees, records takes, and withdraws."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from streamsign.collection.names import SIGNER, check_letter, new_signer
from streamsign.collection.selection import Drop
from streamsign.collection.take import TAKE_S, Origin, Prompt
from streamsign.errors import CollectionError
from streamsign.room_names import ROOM_PATTERN
from streamsign.server.cameras.camera import Camera
from streamsign.server.cameras.here import cameras_here, require_cameras_here
from streamsign.server.collect.consents import Consent
from streamsign.server.collect.storage import in_folder
from streamsign.server.devices.registry import browser_of, kind_of
from streamsign.server.grants.guards import require_publisher
from streamsign.server.grants.scope import require_own_room
from streamsign.server.http.problems import Problem, problems
from streamsign.server.parts import Parts, Server
from streamsign.state.grants import HOST_CAMERA
from streamsign.webrtc.reader import SignerObserver

router = APIRouter(
    prefix="/api/collect/{key}",
    tags=["collect"],
    dependencies=[Depends(require_own_room), Depends(require_publisher), Depends(require_cameras_here)],
)

MAX_TAKE_S = 30.0

NO_SESSION = "This session does not exist or has ended."
START_AGAIN = "Start the camera again."
STOPPED = "The recording was stopped, and nothing of this take was stored."
AGREE_AGAIN = "Agree again first."
NOT_AGREED = "The signer in front of this camera has not agreed to be recorded."
ASK_FIRST = "Ask for consent first."
UNDER_WAY = "A take is under way."
WAIT = "Wait until it has ended."
"""Shown on the page that records, and translated by it."""


class ConsentRequest(BaseModel):
    """The signer's consent to be recorded."""

    model_config = ConfigDict(extra="forbid")
    agreed: Literal[True] = Field(description="that the signer pressed the button that says so")
    signer: str | None = Field(
        default=None,
        pattern=f"^{SIGNER.pattern}$",
        max_length=40,
        description="name of the signer from an earlier consent of the same person; a random one if not given",
    )
    room: str = Field(
        default="main",
        pattern=f"^{ROOM_PATTERN.pattern}$",
        description="room that the pictures are noted for; only the owner's camera chooses it",
    )


class ConsentGiven(BaseModel):
    """A consent that lasts until it is withdrawn or the camera's session ends."""

    signer: str = Field(description="name of the signer in the pictures")
    room: str = Field(description="room that the pictures are noted for")


class TakeRequest(BaseModel):
    """A take to record."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    letter: str = Field(
        description="label of the pictures: 1 to 16 letters and digits of any script; -, _ and ' within"
    )
    prompt: Prompt = Field(default=Prompt.PLAIN, description="what the signer was asked for")
    seconds: float = Field(default=TAKE_S, ge=0.5, le=MAX_TAKE_S, strict=True)


class TakeResult(BaseModel):
    """What was stored of a take."""

    pictures: list[str] = Field(description="ids of the pictures that were stored, in order of time")
    dropped: dict[Drop, Annotated[int, Field(ge=0)]] = Field(
        description="quarter seconds from which no frame was stored, by reason"
    )


@router.post("/consent", status_code=201, responses=problems(400, 401, 403, 404, 413, 422))
async def give_consent(key: str, body: ConsentRequest, request: Request, parts: Parts) -> ConsentGiven:
    """Note the consent of a camera's signer to be recorded. Nothing is stored yet.

    ``key`` is the last part of the session's URL, which only the camera knows.
    """
    camera = _camera(parts, key)
    if parts.settings.max_pictures == 0:
        raise Problem(
            403, "collection_off", "This server stores no pictures.", "Start it without --max-pictures 0 to collect."
        )
    device = parts.devices.get(camera.device)
    agent = request.headers.get("user-agent", "")
    # A link, too, notes pictures for its own room; the owner may practice in one room and record for another.
    of_owner = (camera.device or "").startswith(HOST_CAMERA)
    own_room = body.room if of_owner else camera.session.room.name
    origin = Origin(
        source="phone",
        signer=body.signer or new_signer(),
        room=own_room if device is None else device.room,
        device=f"{kind_of(agent)} {browser_of(agent)}".strip(),
        device_id=camera.device or "",
    )
    parts.consents.give(key, origin)
    camera.held.callback(parts.consents.end, key)
    return ConsentGiven(signer=origin.signer, room=origin.room)


@router.delete("/consent", status_code=204, responses=problems(401, 403, 404))
async def withdraw_consent(key: str, parts: Parts) -> None:
    """End a consent. A take that is under way is dropped; what was stored before stays until it is deleted."""
    if not parts.consents.end(key):
        raise _no_consent(404)


@router.post("/takes", responses=problems(400, 401, 403, 404, 409, 413, 422, 507))
async def record_take(key: str, body: TakeRequest, parts: Parts) -> TakeResult:
    """Record a letter for some seconds, then store crops of the hand. Answered when the take is stored.

    Blurred frames and those like a stored picture of this signer and letter are left out.
    """
    camera = _camera(parts, key)
    consent = parts.consents.get(key)
    if consent is None:
        raise _no_consent(403)
    try:
        check_letter(body.letter)
    except CollectionError as error:
        raise Problem.of(422, "invalid_letter", error) from error
    await in_folder(lambda: consent.know(parts.hands, body.letter))
    if consent.recording:
        raise Problem(409, "recording", UNDER_WAY, WAIT)
    if consent.ended.is_set():
        raise _no_consent(403)
    consent.begin(body.letter, body.prompt)
    return await _recorded(camera, consent, parts, body.seconds)


async def _recorded(camera: Camera, consent: Consent, parts: Server, seconds: float) -> TakeResult:
    observer = SignerObserver(consent.offer)
    camera.session.observe(observer)
    try:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(consent.ended.wait(), seconds)
    finally:
        camera.session.remove_observer(observer)
        take = consent.finish()
    if take is None or consent.ended.is_set():
        raise _consent_ended()
    stored = await in_folder(lambda: parts.hands.add(take.pictures))
    if consent.ended.is_set():  # withdrawn, or everything deleted, while the pictures were written
        await in_folder(lambda: parts.hands.delete(lambda each: each.taken is not None and each.taken.id in stored))
        raise _consent_ended()
    return TakeResult(pictures=stored, dropped=dict(take.dropped))


def _camera(parts: Server, key: str) -> Camera:
    camera = cameras_here(parts).find(key)
    if camera is None:
        raise no_such_session()
    return camera


def no_such_session() -> Problem:
    """The response to a key that no camera has."""
    return Problem(404, "no_such_session", NO_SESSION, START_AGAIN)


def _consent_ended() -> Problem:
    return Problem(409, "consent_ended", STOPPED, AGREE_AGAIN)


def _no_consent(status: int) -> Problem:
    return Problem(status, "no_consent", NOT_AGREED, ASK_FIRST)

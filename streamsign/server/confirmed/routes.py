"""Consent to keep letters of confirmed words, their number, adapting to them, and withdrawal. For a camera's signer."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from streamsign.adapting.adapt import adapt
from streamsign.adapting.pictures import LEAST
from streamsign.server.adaptations.making import RoomAdaptation, adapt_room
from streamsign.server.cameras.camera import Camera
from streamsign.server.cameras.here import cameras_here
from streamsign.server.collect.takes import ASK_FIRST, no_such_session
from streamsign.server.confirmed.learners import Learner
from streamsign.server.grants.guards import require_edit_right
from streamsign.server.grants.scope import require_own_room
from streamsign.server.http.problems import Problem, problems
from streamsign.server.parts import Parts, Server

READY_LETTERS = 4
"""Number of letters with :data:`~streamsign.adapting.pictures.LEAST` crops or more from which adapting is offered."""

NO_CONSENT = "The signer in front of this camera has not agreed that letters are kept."
"""Shown on pages, and translated by them."""


async def _camera_if_here(key: str, request: Request, parts: Parts) -> Camera | None:
    camera = cameras_here(parts).find(key)
    grant = parts.access.grant(parts.access.caller(request))
    own = "main" if grant is None else grant.room
    await require_edit_right(request, own if camera is None else camera.session.room.name, parts)
    return camera


def _camera_to_edit(camera: Annotated[Camera | None, Depends(_camera_if_here)]) -> Camera:
    if camera is None:
        raise no_such_session()
    return camera


EditedCamera = Annotated[Camera, Depends(_camera_to_edit)]

router = APIRouter(prefix="/api/confirmed/{key}", tags=["models"], dependencies=[Depends(require_own_room)])


class KeepRequest(BaseModel):
    """The signer's consent that letters of confirmed words are kept in memory."""

    model_config = ConfigDict(extra="forbid")
    agreed: Literal[True] = Field(description="that the signer pressed the button that says so")
    secret: str | None = Field(
        default=None, max_length=64, description="from an earlier consent on this page, whose letters are kept"
    )


class KeptLetters(BaseModel):
    """The letters of confirmed words that are kept for a signer."""

    secret: str = Field(description="continues this consent after the camera was connected again")
    letters: dict[str, int] = Field(description="number of crops of each letter")
    ready: bool = Field(description=f"whether {READY_LETTERS} letters have {LEAST} crops or more")


@router.post("/consent", status_code=201, responses=problems(400, 401, 403, 404, 413, 422))
async def agree_to_keep(key: str, body: KeepRequest, camera: EditedCamera, parts: Parts) -> KeptLetters:
    """Store the consent of a camera's signer. Crops of letters are in memory from now on, and never on the disk.

    ``key`` is the last part of the session's URL, which only the camera knows.
    """
    learner = parts.learners.agree(key, camera.session, body.secret)
    camera.held.callback(parts.learners.camera_gone, key)
    return _kept(learner)


@router.delete("/consent", status_code=204, dependencies=[Depends(_camera_if_here)], responses=problems(401, 403, 404))
async def stop_keeping(key: str, parts: Parts) -> None:
    """End a consent, also just after its session has ended: a page that stops ends both at once.

    The crops are dropped; an adaptation that was made of them stays until it is deleted.
    """
    if not parts.learners.withdraw(key):
        raise _no_consent()


@router.get("", responses=problems(401, 403, 404))
async def get_kept_letters(key: str, camera: EditedCamera, parts: Parts) -> KeptLetters:
    """Get the number of crops of each letter that was confirmed."""
    return _kept(_learner(parts, key))


@router.put("/adaptation", responses=problems(401, 403, 404, 409, 507))
async def adapt_to_confirmed(key: str, camera: EditedCamera, parts: Parts) -> RoomAdaptation:
    """Adapt the model of the camera's room to the letters that the signer confirmed, from the next frame on.

    Nothing changes if the latest third of them would be read worse. DELETE /api/rooms/{room}/adaptation reverts it.
    """
    learner = _learner(parts, key)
    crops = learner.confirmed.crops()
    return await adapt_room(parts, learner.room, lambda: adapt(parts.cameras.model, crops, signer=learner.signer))


def _learner(parts: Server, key: str) -> Learner:
    learner = parts.learners.get(key)
    if learner is None:
        raise _no_consent()
    return learner


def _no_consent() -> Problem:
    return Problem(404, "no_consent", NO_CONSENT, ASK_FIRST)


def _kept(learner: Learner) -> KeptLetters:
    letters = learner.confirmed.counts()
    ready = sum(count >= LEAST for count in letters.values()) >= READY_LETTERS
    return KeptLetters(secret=learner.secret, letters=letters, ready=ready)

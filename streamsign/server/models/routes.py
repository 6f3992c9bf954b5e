"""The model that reads the letters: list the models, and change the model while cameras send."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from streamsign.errors import ModelError
from streamsign.recognition.model import Model, load_model, model_names
from streamsign.server.cameras.here import cameras_here
from streamsign.server.cameras.registry import Cameras
from streamsign.server.grants.guards import require_signer
from streamsign.server.http.problems import Problem, problems
from streamsign.server.parts import Parts

router = APIRouter(tags=["models"], dependencies=[Depends(require_signer)])

OTHER_ROOMS = "Cameras of other rooms are read with this model."
ASK_OWNER = "Ask the person who runs streamsign to change the model."
"""Shown on phones, and translated by their page."""


class ModelRequest(BaseModel):
    """The model to read with."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(
        pattern=r"^[A-Za-z0-9_.-]+(:[a-z0-9]+)?$",
        max_length=100,
        description="name of a model of GET /api/models",
        examples=["celov"],
    )


class ModelSummary(BaseModel):
    """A model."""

    name: str
    letters: list[str] = Field(description="the letters it knows")


class ListedModel(ModelSummary):
    """A model that can be chosen."""

    current: bool = Field(description="whether it reads now")


@router.get("/api/models", responses=problems(403))
async def list_models(parts: Parts) -> list[ListedModel]:
    """List the models that can be chosen."""
    current = parts.cameras.model
    if not isinstance(parts.cameras, Cameras):  # workers read with the model of their settings
        return [ListedModel(name=current.info.name, letters=list(current.info.alphabet), current=True)]
    return await asyncio.to_thread(_usable, current)


@router.put("/api/model", responses=problems(400, 403, 409, 413, 422))
async def choose_model(body: ModelRequest, request: Request, parts: Parts) -> ModelSummary:
    """Read all cameras with another model, from the next frame on.

    A paired phone may choose it while no other room has a camera.
    """
    cameras = cameras_here(parts)
    async with parts.choosing_model:
        grant = parts.access.grant(parts.access.caller(request))
        own = {grant.room} if grant is not None else set()
        if not parts.access.is_owner(request) and cameras.rooms - own:
            raise Problem(409, "other_rooms", OTHER_ROOMS, ASK_OWNER)
        try:
            model = await asyncio.to_thread(_load, body.name, cameras.model)
            await cameras.read_with(model)
        except ModelError as error:
            raise Problem.of(409, "model_unusable", error) from error
        parts.rooms.read_by(model.info.name, model.info.alphabet)
    return ModelSummary(name=model.info.name, letters=list(model.info.alphabet))


def _usable(current: Model) -> list[ListedModel]:
    """The models that can be chosen. The current one may be a folder elsewhere."""
    found = {current.info.name: current}
    for name in model_names(current.models):
        try:
            found.setdefault(name, _load(name, current))
        except ModelError:  # a damaged folder cannot be chosen; `streamsign doctor` reports it
            continue
    return [
        ListedModel(name=model.info.name, letters=list(model.info.alphabet), current=model is current)
        for _, model in sorted(found.items())
    ]


def _load(name: str, current: Model) -> Model:
    return load_model(name, models=current.models, runtime=current.runtime)

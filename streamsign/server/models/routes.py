"""The model that reads, over HTTP: which there are, and the choice of another one while cameras send."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from streamsign.captions.hub import Rooms
from streamsign.errors import ModelError
from streamsign.recognition.model import Model, load_model, model_names
from streamsign.server.cameras.registry import Cameras
from streamsign.server.problems import not_owner, problem


class ModelRequest(BaseModel):
    """Body of PUT /api/model."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(pattern=r"^[A-Za-z0-9_.-]+(:[a-z0-9]+)?$", max_length=100, description="one of GET /api/models")


def model_router(cameras: Cameras, rooms: Rooms, is_owner: Callable[[Request], bool]) -> APIRouter:
    """The routes /api/models and /api/model.

    Args:
        cameras: read with the chosen model from the next frame on.
        rooms: hear of it.
        is_owner: whether a request comes from whoever runs the server.
    """
    router = APIRouter()
    choosing = asyncio.Lock()

    @router.get("/api/models")
    async def models(request: Request) -> Response:
        if not is_owner(request):
            return not_owner("see the models")
        return JSONResponse(await asyncio.to_thread(_usable, cameras.model))

    @router.put("/api/model")
    async def choose(body: ModelRequest, request: Request) -> Response:
        if not is_owner(request):
            return not_owner("choose the model")
        async with choosing:
            try:
                model = await asyncio.to_thread(_load, body.name, cameras.model)
                await cameras.read_with(model)
            except ModelError as error:
                return problem(409, "model_unusable", error.problem, error.next_step)
            rooms.read_by(model.info.name, model.info.letters)
        return JSONResponse(_told(model))

    return router


def _usable(current: Model) -> list[dict[str, object]]:
    """The models that can be chosen, the current one (which may be a folder elsewhere) among them."""
    found = {current.info.name: current}
    for name in model_names(current.models):
        try:
            found.setdefault(name, _load(name, current))
        except ModelError:  # a damaged folder is no choice; `streamsign doctor` tells of it
            continue
    return [{**_told(model), "current": model is current} for _, model in sorted(found.items())]


def _load(name: str, current: Model) -> Model:
    return load_model(name, models=current.models, runtime=current.runtime)


def _told(model: Model) -> dict[str, object]:
    return {"name": model.info.name, "letters": model.info.letters}

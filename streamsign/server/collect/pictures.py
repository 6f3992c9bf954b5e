"""Review: list, show, delete, export and import collected hands. A phone sees its own pictures, the owner all."""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from streamsign.collection.archive import export_archive, import_archive
from streamsign.collection.folder import CollectedHands
from streamsign.collection.manifest import Picture
from streamsign.collection.take import Origin
from streamsign.server.cameras.here import cameras_here, require_cameras_here
from streamsign.server.collect.storage import in_folder
from streamsign.server.grants.guards import require_collector, require_owner
from streamsign.server.http.problems import Problem, problems
from streamsign.server.http.turns import RETRY_AFTER_S
from streamsign.server.parts import Parts, Server
from streamsign.state.grants import Grant, Right

MOST_LISTED = 500
"""Most pictures of an answer."""

MAX_EXPORTS = 2
"""Archives that are made or sent at a time: each is as large as the pictures in it until it is sent."""

_CHUNK = 256 * 1024
_ZIP = "application/zip"


class Mine:
    """The pictures that a request may see.

    Attributes:
        device_id: the phone's or link's; None for the owner, who has all.
    """

    def __init__(self, device_id: str | None) -> None:
        self.device_id = device_id

    def __contains__(self, picture: Picture) -> bool:
        return self.has(picture.taken.device_id if picture.taken else "")

    def has(self, device_id: str) -> bool:
        """Whether what a device recorded belongs to the request."""
        return self.device_id in (None, device_id)


async def _mine(grant: Annotated[Grant, Depends(require_collector)]) -> Mine:
    return Mine(None if Right.OWNER in grant.rights else grant.holder)


Own = Annotated[Mine, Depends(_mine)]

router = APIRouter(prefix="/api/collect", tags=["collect"], dependencies=[Depends(require_cameras_here)])


class CollectedPicture(BaseModel):
    """A stored crop of a hand."""

    id: str
    letter: str
    signer: str
    room: str
    device: str = Field(description="what filmed it, in words")
    at: str = Field(description="time in UTC, ISO 8601")
    prompt: str = Field(description="what the signer was asked for; empty for nothing special")
    light: float = Field(description="median luma, 0–255")
    sharpness: float = Field(description="focus measure of the hand, ≥ 0")


class CollectedPage(BaseModel):
    """Stored pictures, and counts of all that match."""

    total: int = Field(description="pictures that match")
    letters: dict[str, int] = Field(description="pictures that match, by letter")
    signers: dict[str, int] = Field(description="pictures that match, by signer")
    pictures: list[CollectedPicture] = Field(description="the newest ones first")


class ImportedPictures(BaseModel):
    """How many pictures were imported."""

    pictures: int


class DeletedPictures(BaseModel):
    """What was deleted."""

    pictures: int
    adaptations: int = Field(description="rooms that are read with the model as it is again")


_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"image/webp": {"schema": {"type": "string", "format": "binary"}}},
        "description": "The crop of the hand",
    }
}
_ARCHIVE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {_ZIP: {"schema": {"type": "string", "format": "binary"}}},
        "description": "manifest.csv and the pictures",
    }
}
_ARCHIVE_BODY = {
    "requestBody": {"required": True, "content": {_ZIP: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/pictures", responses=problems(401, 409, 422, 507))
async def list_pictures(
    parts: Parts,
    mine: Own,
    letter: Annotated[str | None, Query(description="only this letter")] = None,
    signer: Annotated[str | None, Query(description="only this signer")] = None,
    limit: Annotated[int, Query(ge=0, le=MOST_LISTED, description="most pictures that are listed")] = MOST_LISTED,
) -> CollectedPage:
    """List collected pictures: a phone's own, or all for the owner."""

    def listed() -> CollectedPage:
        found = [
            picture
            for picture in parts.hands.pictures(signer=signer)
            if picture in mine and letter in (None, picture.letter)
        ]
        newest = found[::-1][:limit]
        return CollectedPage(
            total=len(found),
            letters=dict(sorted(Counter(picture.letter for picture in found).items())),
            signers=dict(sorted(Counter(picture.signer for picture in found).items())),
            pictures=[_shown(picture) for picture in newest],
        )

    return await in_folder(listed)


@router.get("/pictures/{picture}.webp", response_class=Response, responses=_PICTURE | problems(401, 404, 409, 507))
async def get_picture(picture: str, parts: Parts, mine: Own) -> Response:
    """Get a collected picture."""

    def read() -> bytes | None:
        for found, _ in parts.hands.rows(_is(picture, mine)):
            with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                return found.path.read_bytes()
        return None

    content = await in_folder(read)
    if content is None:
        raise _no_such_picture()
    return Response(content, media_type="image/webp")


@router.delete("/pictures/{picture}", status_code=204, responses=problems(401, 404, 409, 507))
async def delete_picture(picture: str, parts: Parts, mine: Own) -> None:
    """Delete a collected picture and its row of the manifest."""
    if not await in_folder(lambda: parts.hands.delete(_is(picture, mine))):
        raise _no_such_picture()


@router.delete("/pictures", responses=problems(401, 409, 507))
async def delete_all_pictures(parts: Parts, mine: Own) -> DeletedPictures:
    """Delete everything: a phone's own pictures, or the whole collection for the owner. Its consents end.

    The adaptations of rooms to the signers of these pictures are deleted as well: they hold features of the pictures.
    """

    def of(origin: Origin) -> bool:
        return mine.has(origin.device_id)

    parts.consents.end_where(of)
    hands = parts.hands
    async with parts.choosing_model:  # no room is adapted to the pictures meanwhile
        rooms = await in_folder(lambda: _delete_adaptations(parts, mine))
        for room in rooms:
            await cameras_here(parts).read_room_again(room)
        if mine.device_id is None:
            count = await in_folder(hands.delete_all)
        else:
            count = await in_folder(lambda: hands.delete(lambda picture: picture in mine))
    return DeletedPictures(pictures=count, adaptations=len(rooms))


@router.get("/archive", response_class=Response, responses=_ARCHIVE | problems(401, 409, 503, 507))
async def export_pictures(parts: Parts, mine: Own) -> StreamingResponse:
    """Get the pictures and their manifest as a ZIP file: a phone's own, or all for the owner."""
    if sum(not file.closed for file in parts.exports) >= MAX_EXPORTS:
        raise Problem(
            503,
            "busy",
            "The server exports collected hands for other requests.",
            f"Try again in {RETRY_AFTER_S} s.",
            {"Retry-After": str(RETRY_AFTER_S)},
        )
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by _chunks; it has no name, so that nothing of it is left
    parts.exports.add(file)
    await in_folder(lambda: _export(parts.hands, mine, file))
    headers = {"Content-Disposition": 'attachment; filename="hands.zip"'}
    return StreamingResponse(_chunks(file), media_type=_ZIP, headers=headers)


@router.post(
    "/archive",
    dependencies=[Depends(require_owner)],
    responses=problems(400, 403, 409, 413, 507),
    openapi_extra=_ARCHIVE_BODY,
)
async def import_pictures(request: Request, parts: Parts) -> ImportedPictures:
    """Add the pictures of an exported archive that are not there yet. For the owner."""
    with tempfile.TemporaryFile() as file:  # it has no name: nothing of it is left, whatever happens
        async for chunk in request.stream():
            await in_folder(partial(file.write, chunk))
        file.seek(0)
        return ImportedPictures(pictures=await in_folder(lambda: import_archive(parts.hands, file)))


def _shown(picture: Picture) -> CollectedPicture:
    taken = picture.taken
    assert taken is not None  # noqa: S101 - only such pictures are listed
    return CollectedPicture(
        id=taken.id,
        letter=picture.letter,
        signer=picture.signer,
        room=taken.room,
        device=taken.device,
        at=taken.at,
        prompt=taken.prompt,
        light=taken.light,
        sharpness=taken.sharpness,
    )


def _is(picture_id: str, mine: Mine) -> Callable[[Picture], bool]:
    return lambda picture: picture in mine and picture.taken is not None and picture.taken.id == picture_id


def _export(hands: CollectedHands, mine: Mine, file: BinaryIO) -> None:
    try:
        export_archive(hands, file, lambda picture: picture in mine)
        file.seek(0)
    except BaseException:
        file.close()
        raise


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _delete_adaptations(parts: Server, mine: Mine) -> list[str]:
    """Delete the adaptations to the signers of the request's pictures, or all for the owner; their rooms."""
    adaptations = cameras_here(parts).adaptations
    if mine.device_id is None:
        return adaptations.delete_where(lambda room, adaptation: True)
    signers = {
        (picture.taken.room, picture.signer) for picture in parts.hands.pictures() if picture.taken and picture in mine
    }
    return adaptations.delete_where(
        lambda room, adaptation: adaptation is not None and (room, adaptation.about.get("signer")) in signers
    )


def _no_such_picture() -> Problem:
    return Problem(404, "no_such_picture", "The picture does not exist or was deleted.", "Reload the list of pictures.")

"""A room's captions: the websocket, transcripts, a live WebVTT stream, word suggestions and edits."""

from __future__ import annotations

import time
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from streamsign.captions.events import Edit
from streamsign.captions.formats import CueUnit
from streamsign.captions.log import MAX_TEXT, Action, current_word
from streamsign.captions.room import LogNotWritten
from streamsign.captions.words import LANGUAGES, Suggestion, WordReadings, present_word, vocabulary
from streamsign.recognition.pauses import MAX_PAUSE_S, PauseRule
from streamsign.server.captions.feeds import MEDIA_TYPES, Kind, live_vtt, transcript
from streamsign.server.captions.places import has_place, is_owners
from streamsign.server.captions.websocket import serve_captions
from streamsign.server.grants.guards import Edited, Played, Watched, grant_of, require_owner
from streamsign.server.http.problems import Problem, problems
from streamsign.server.parts import Parts
from streamsign.server.rooms.names import RoomName, require_room_name, room_named
from streamsign.server.rooms.titles import Title
from streamsign.state.grants import Right

router = APIRouter(tags=["captions"])

MIN_PROBABILITY = 0.03
"""Probability below which a word is not suggested."""

_LAST_S = 253_402_300_800.0  # the year 10000, the end of what dates can be written in

ZeroTime = Annotated[
    float | None,
    Query(ge=0, le=_LAST_S, allow_inf_nan=False, description="Unix time in seconds that is 0 in the cues"),
]

_STRING = {"schema": {"type": "string"}}
_TRANSCRIPT: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {media_type.partition(";")[0]: _STRING for media_type in MEDIA_TYPES.values()},
        "description": "The transcript as a file",
    }
}
_LIVE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/vtt": _STRING}, "description": "WebVTT that grows; the response ends with the server"}
}


class EditRequest(BaseModel):
    """A change of a room's text."""

    model_config = ConfigDict(extra="forbid")
    action: Action
    word: str = Field(default="", max_length=24, pattern="^[A-Za-z]*$", description="the word that replace puts in")
    instead: str = Field(default="", max_length=10_000, description="the current word, which replace removes")
    space: bool = Field(
        default=False, strict=True, description="whether replace puts a space after the word, which completes it"
    )
    text: str = Field(default="", max_length=MAX_TEXT, description="the text that write puts in place of `before`")
    before: str = Field(default="", max_length=MAX_TEXT, description="the room's whole text, which write replaces")

    @model_validator(mode="after")
    def _word_only_to_replace(self) -> EditRequest:
        if (self.action == "replace") != bool(self.word):
            raise ValueError("`word` is required by the action replace and allowed with no other")
        if self.space and self.action != "replace":
            raise ValueError("`space` is allowed with the action replace only")
        if (self.text or self.before) and self.action != "write":
            raise ValueError("`text` and `before` are allowed with the action write only")
        return self


class PausesRequest(BaseModel):
    """The pauses to choose; what is not given stays as it is."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    word_s: float | None = Field(default=None, ge=0, le=MAX_PAUSE_S, description="until a word ends, seconds; 0: never")
    sentence_s: float | None = Field(
        default=None,
        ge=0,
        le=MAX_PAUSE_S,
        description="until a sentence ends, seconds; 0: never; otherwise at least word_s",
    )


class RoomEntry(BaseModel):
    """A room in the list of rooms."""

    name: str
    title: str = Field(description="the owner's name for it; its name if it has none")
    changed_s: float | None = Field(description="when its text was last changed, Unix seconds; null without text")
    cameras: int = Field(description="cameras that are connected")
    viewers: int = Field(description="viewers that are connected, cameras that receive captions among them")


class RoomTitle(BaseModel):
    """The owner's name for a room."""

    model_config = ConfigDict(extra="forbid")
    title: Title


class WordSuggestions(BaseModel):
    """Words that the letters of the current word could mean."""

    read: str = Field(description="the current word as it was read")
    words: list[Suggestion] = Field(description="other words, most probable first")
    certainty: float = Field(description="probability that the letters are as read, 0–1; 1 without letters")
    uncertain: bool = Field(description="whether the word should be marked, because another one is close or likelier")


@router.websocket("/captions/{room}")
async def watch_captions(socket: WebSocket, room: str, parts: Parts) -> None:
    """Serve a viewer. /asyncapi.json describes the messages."""
    await serve_captions(
        socket,
        room,
        rooms=parts.rooms,
        access=parts.access,
        guesses=parts.guesses,
        holds=parts.holds,
        metrics=parts.metrics,
        settings=parts.settings,
    )


@router.get(
    "/rooms/{room}/transcript.{kind}",
    response_class=Response,
    responses=_TRANSCRIPT | problems(401, 404, 422, 503),
)
async def get_transcript(
    room: Played,
    kind: Kind,
    parts: Parts,
    zero_s: ZeroTime = None,
    by: Annotated[CueUnit, Query(description="what one cue holds")] = CueUnit.WORD,
) -> Response:
    """Get everything that is kept of a room as a file. Without `zero_s` times count from the first letter."""
    headers = {"Content-Disposition": f'attachment; filename="{room.name}.{kind}"', "Content-Type": MEDIA_TYPES[kind]}
    _, events = room.log.after()  # here: the log changes in the event loop
    return Response(await parts.turns.compute(partial(transcript, events, kind, zero_s, by)), headers=headers)


@router.get("/rooms/{room}/live.vtt", response_class=StreamingResponse, responses=_LIVE | problems(401, 404, 422, 503))
async def get_live_vtt(room: Played, request: Request, parts: Parts, zero_s: ZeroTime = None) -> StreamingResponse:
    """Get captions from now on. A cue is sent when it ends; without `zero_s` times count from now."""
    grant = grant_of(request, parts, Right.VIEW)
    if not has_place(parts.rooms, room.name, parts.settings.max_viewers, grant):
        raise Problem(
            503,
            "too_many_viewers",
            "The server has as many viewers as it allows.",
            "Try again later, or raise --max-viewers.",
            {"Retry-After": "5"},
        )
    # What is subscribed to has to be the room itself.
    room = await room_named(parts.rooms, room.name, to_watch=not is_owners(grant))
    start_s = room.clock() if zero_s is None else zero_s
    return StreamingResponse(live_vtt(room, start_s, partial(parts.holds.hold, grant)), media_type="text/vtt")


@router.get("/rooms/{room}/words", responses=problems(401, 404, 503))
async def suggest_words(
    room: Watched,
    parts: Parts,
    lang: Annotated[str, Query(description=f"language: {' or '.join(LANGUAGES)}")] = "en",
) -> WordSuggestions:
    """Get the current word as it was read, and up to three words and names that it could mean."""
    if lang not in LANGUAGES:
        raise Problem(
            404,
            "no_such_language",
            f"The language {lang[:20]!r} has no word list.",
            f"Use one of {', '.join(LANGUAGES)}.",
        )
    _, events = room.log.after()

    def suggest() -> WordReadings:
        word = present_word(events)
        return vocabulary(lang, parts.own_words).read(word.letters, ended=word.ended)

    # Takes some milliseconds of arithmetic, which would delay frames on the event loop.
    found = await parts.turns.compute(suggest)
    read = _last_word(room.text)
    likely = [each for each in found.words if each.probability >= MIN_PROBABILITY and each.word != read]
    return WordSuggestions(read=read, words=likely, certainty=found.certainty, uncertain=found.is_uncertain)


@router.post("/rooms/{room}/edits", responses=problems(400, 401, 404, 409, 413, 422, 429, 503))
async def edit_text(room: Edited, body: EditRequest, request: Request, parts: Parts) -> Edit:
    """Change the text of a room. All viewers receive the event that is returned."""
    grant = grant_of(request, parts, Right.EDIT)
    holder = "" if grant is None else grant.holder
    parts.edit_pace.count(room.name, holder, len(body.text), time.monotonic())
    event = await room.edit(body.action, word=partial(_word, body))
    parts.learners.edited(room, event)
    return event


def _word(body: EditRequest, text: str) -> str:
    """The word for an edit of the room's newest text, of which a letter may still be on its way to the log.

    Raises:
        Problem: 409, it is not the text that the request changes.
    """
    if body.action == "replace" and _last_word(text) != body.instead:
        raise Problem(
            409,
            "word_changed",
            "The current word is not `instead`; nothing was replaced.",
            "Get the suggestions again: a letter came in between.",
        )
    if body.action == "write" and text != body.before:
        raise Problem(
            409,
            "text_changed",
            "The room's text is not `before`; nothing was written.",
            "Get the text, then write again.",
        )
    space = " " if body.space and not text[-1:].isspace() else ""  # a pause may have ended the word already
    return body.text.upper() if body.action == "write" else body.word.upper() + space


@router.get("/rooms/{room}/pauses", responses=problems(401, 404))
async def get_pauses(room: Watched) -> PauseRule:
    """Get how long the signer of a room pauses until a word or a sentence ends."""
    return room.pauses


@router.put("/rooms/{room}/pauses", responses=problems(400, 401, 404, 413, 422, 503, 507))
async def choose_pauses(room: Edited, body: PausesRequest, parts: Parts) -> PauseRule:
    """Choose how long the signer of a room pauses until a word or a sentence ends, from the next frame on."""
    try:
        chosen = PauseRule.model_validate(room.pauses.model_dump() | body.model_dump(exclude_none=True))
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from error
    try:
        await parts.rooms.choose_pauses(room, chosen)
    except LogNotWritten as error:
        raise Problem.not_stored(
            error,
            "The pauses apply, but are not stored",
            "Free some space and set them again, or they are lost with the next start.",
        ) from error
    return room.pauses


@router.delete(
    "/rooms/{room}/text", status_code=204, dependencies=[Depends(require_owner)], responses=problems(403, 404, 503, 507)
)
async def delete_text(room: RoomName, parts: Parts) -> None:
    """Delete everything that was written in a room, on disk too. Its viewers start over with an empty text."""
    try:
        await (await room_named(parts.rooms, room)).delete_text()
    except LogNotWritten as error:
        raise Problem(
            507, "not_deleted", f"The text cannot be deleted from the disk: {error}.", "Free some space and try again."
        ) from error


@router.get("/api/rooms", dependencies=[Depends(require_owner)], responses=problems(403, 503))
async def list_rooms(parts: Parts) -> list[RoomEntry]:
    """List the rooms that are in use, have text or have a title, also from before a restart; the last changed first."""
    here = {room.name: room for room in parts.rooms.all()}
    changed_s = await parts.rooms.changed_s()
    entries = []
    for name in parts.titles.rooms().union(await parts.rooms.names()):
        room = here.get(name)
        cameras, viewers = (0, 0) if room is None else (len(room.statuses), room.viewers)
        title, newest_s = parts.titles.of(name), changed_s.get(name)
        entries.append(RoomEntry(name=name, title=title, changed_s=newest_s, cameras=cameras, viewers=viewers))
    return sorted(entries, key=lambda entry: (-(entry.changed_s or 0.0), entry.name))


@router.get("/rooms/{room}/title", responses=problems(401, 404))
async def get_title(room: Watched, parts: Parts) -> RoomTitle:
    """Get the owner's name for a room; the room's name if it has none."""
    return RoomTitle(title=parts.titles.of(room.name))


@router.put(
    "/rooms/{room}/title",
    status_code=204,
    dependencies=[Depends(require_owner)],
    responses=problems(400, 403, 404, 413, 422, 503, 507),
)
async def give_title(room: RoomName, body: RoomTitle, parts: Parts) -> None:
    """Give a room a name to show. Its address, and with it every link, stays. An empty name removes it."""
    require_room_name(room)
    try:
        await parts.titles.give(room, body.title)
    except OSError as error:
        raise Problem.not_stored(
            error, "The room has this name until the next start only", "Free some space and rename it again."
        ) from error


def _last_word(text: str) -> str:
    return text[slice(*current_word(text))]

"""Word help for pages: which words the present letters of a room could mean."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from streamsign.captions.hub import Rooms
from streamsign.captions.words import LANGUAGES, present_word, vocabulary
from streamsign.server.problems import problem

LEAST = 0.03
"""Probability below which a word is not worth a person's look."""


def word_router(rooms: Rooms, may_view: Callable[[Request, str], bool]) -> APIRouter:
    """The route /rooms/{room}/words.

    Args:
        rooms: the rooms of the server.
        may_view: whether who asks may watch a room.
    """
    router = APIRouter()

    @router.get("/rooms/{name}/words")
    async def words(request: Request, name: str, lang: str = Query("en")) -> Response:
        """The present word as it was read, and up to three that it could mean with their probabilities."""
        if not may_view(request, name):
            return problem(401, "unauthorized", "The view token is missing or wrong.", "Send it as a bearer token.")
        if lang not in LANGUAGES:
            listed = ", ".join(LANGUAGES)
            return problem(404, "no_such_language", "There are no words in that language.", f"Ask for {listed}.")
        try:
            room = rooms.get(name)
        except ValueError as error:
            return problem(404, "no_such_room", f"{error}.", "Take the room's name from the host page.")
        _, events = room.log.after()
        spelled = present_word(events)
        # Some milliseconds of arithmetic: not on the loop, which has pictures to pass on.
        found = await asyncio.to_thread(lambda: vocabulary(lang).suggest(spelled))
        read = room.text[room.text.rfind(" ") + 1 :]
        likely = [asdict(each) for each in found if each.probability >= LEAST and each.word != read]
        return JSONResponse({"read": read, "words": likely})

    return router

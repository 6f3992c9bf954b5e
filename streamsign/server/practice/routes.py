"""The practice page: what to practice, and pictures of hands to copy."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from streamsign.demo.poses import LETTERS
from streamsign.server.grants.guards import require_owner
from streamsign.server.parts import Parts
from streamsign.server.practice.hand import drawn_hand
from streamsign.server.practice.plan import hard_pairs, words
from streamsign.server.problems import Problem, problems

router = APIRouter(prefix="/practice", tags=["practice"], dependencies=[Depends(require_owner)])

_PNG: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
        "description": "PNG of 320 × 320 pixels",
    }
}


class PracticePlan(BaseModel):
    """What the page offers to practice."""

    letters: list[str] = Field(description="the letters that the current model knows")
    drawn: list[str] = Field(description="the letters that there is a picture of")
    hard_pairs: list[list[str]] = Field(description="pairs of letters that the model confuses, most often first")
    words: list[str] = Field(description="words of these letters")
    starts: dict[str, list[str]] = Field(
        description="letters that are drawn, with the letters that their first shape is read as until they are"
    )


@router.get("/plan", responses=problems(403))
async def get_practice_plan(
    parts: Parts, lang: Annotated[str, Query(description="language of the words: en or id")] = "en"
) -> PracticePlan:
    """Get the letters, pairs and words to practice with the current model. Other languages get English words."""
    info = parts.cameras.model.info
    letters = list(info.alphabet)
    return PracticePlan(
        letters=letters,
        drawn=[letter for letter in letters if letter in LETTERS],
        hard_pairs=hard_pairs(info),
        words=words(lang, letters),
        starts={letter: list(moving.starts_from) for letter, moving in info.moving.items()},
    )


@router.get("/hand/{letter}.png", response_class=Response, responses=_PNG | problems(403, 404))
def get_practice_hand(letter: str) -> Response:
    """Get a picture of a hand that holds a letter."""
    if letter not in LETTERS:
        raise Problem(
            404, "not_drawn", f"There is no picture of {letter[:20]!r}.", f"Ask for one of {', '.join(LETTERS)}."
        )
    return Response(drawn_hand(letter), media_type="image/png")

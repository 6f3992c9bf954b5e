"""Practice: its page, what there is to practise, and the rendered hand as the model to copy."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import cv2
from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, JSONResponse

from streamsign.demo.poses import LETTERS
from streamsign.demo.signer import DemoSigner
from streamsign.recognition.framing import guide_square
from streamsign.recognition.model import ModelInfo
from streamsign.server.problems import problem

PICTURE_PX = 320
HARD_PAIRS = 6
_ENGLISH = (
    "LOVE", "COOL", "CELLO", "CLOVE", "COVE", "LEVEL", "VOLE", "ECO", "OLIVE", "VOICE", "HELLO", "HAND", "SIGN", "WORD",
    "BOOK", "TEA", "COFFEE", "HOUSE", "FRIEND", "WATER", "BREAD", "SCHOOL", "MUSIC", "GREEN", "YELLOW", "BLUE", "CAT",
    "DOG", "BIRD", "FISH", "SUN", "RAIN", "SNOW", "WIND", "FIRE", "ROAD", "BOAT", "TRAIN", "PHONE", "LAMP",
)  # fmt: skip
_INDONESIAN = (
    "LELE", "LEVEL", "CEO", "RUMAH", "BUKU", "TEMAN", "AIR", "ROTI", "KOPI", "TEH", "IKAN",
    "NASI", "BUAH", "KUCING", "BURUNG", "HUJAN", "ANGIN", "API", "LAUT", "GUNUNG", "PERAHU", "KERETA", "LAMPU", "PINTU",
    "MUSIK", "PUTIH", "KUNING", "BIRU", "MERAH", "TANGAN", "KATA", "HALO", "SENYUM", "IBU", "AYAH", "ADIK", "SEKOLAH",
)  # fmt: skip
WORDS = {"en": _ENGLISH, "id": _INDONESIAN}
"""Everyday words, by language, without J and Z, which move; the first of each need C, E, L, O and V alone."""


def practice_router(info: Callable[[], ModelInfo], web: Path) -> APIRouter:
    """The routes under /practice.

    Args:
        info: of the model that reads now.
        web: folder of the pages.
    """
    router = APIRouter()

    @router.get("/practice")
    async def page() -> FileResponse:
        return FileResponse(web / "practice.html")

    @router.get("/practice/plan")
    async def plan(lang: str = "en") -> JSONResponse:
        letters = info().letters
        return JSONResponse(
            {
                "letters": letters,
                "drawn": [letter for letter in letters if letter in LETTERS],
                "hard_pairs": hard_pairs(info()),
                "words": [word for word in WORDS.get(lang, _ENGLISH) if set(word) <= set(letters)],
            }
        )

    @router.get("/practice/hand/{letter}.png")
    def hand(letter: str) -> Response:
        if letter not in LETTERS:
            return problem(
                404, "not_drawn", f"The rendered hand cannot make '{letter[:8]}'.", "Practise it by its name."
            )
        return Response(drawn_hand(letter), media_type="image/png")

    return router


def hard_pairs(info: ModelInfo) -> list[list[str]]:
    """Letters that the model took for each other on validation, most often first; C and O where it says nothing."""
    if not info.confusion:
        return [["C", "O"]] if {"C", "O"} <= set(info.letters) else []
    at = {label: number for number, label in enumerate(info.labels)}

    def mistaken(pair: tuple[str, str]) -> float:
        one, other = (at[letter] for letter in pair)
        return info.confusion[one][other] + info.confusion[other][one]

    pairs = sorted(itertools.combinations(info.letters, 2), key=mistaken, reverse=True)
    return [list(pair) for pair in pairs[:HARD_PAIRS] if mistaken(pair) > 0]


@lru_cache(maxsize=32)
def drawn_hand(letter: str) -> bytes:
    """The demo signer's hand holding a letter, as a PNG of PICTURE_PX × PICTURE_PX."""
    signer = DemoSigner(letter, seed=0)
    held = signer.truth[0]
    picture = signer.render((held.start_s + held.end_s) / 2)
    square = guide_square(signer.width, signer.height)
    side = round(square.side)
    x, y = round(square.center_x - side / 2), round(square.center_y - side / 2)
    cut = cv2.resize(picture[y : y + side, x : x + side], (PICTURE_PX, PICTURE_PX), interpolation=cv2.INTER_AREA)
    return cv2.imencode(".png", cut)[1].tobytes()

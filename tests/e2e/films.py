"""Short, small films for real clients: a still lead in which they connect, then LOVE."""

from __future__ import annotations

from pathlib import Path

from streamsign.demo.signer import DemoSigner
from streamsign.demo.video import Film, make_film, write_mp4

WORD, WIDTH, HEIGHT, FPS = "LOVE", 320, 240, 15
LEAD_S, TAIL_S = 2.5, 1.0


def small_film() -> Film:
    """LOVE at 320×240 and 15 frames a second."""
    film = make_film(DemoSigner(WORD, seed=0, fps=FPS, width=WIDTH, height=HEIGHT))
    lead, tail = round(LEAD_S * FPS), round(TAIL_S * FPS)
    return Film((film.pictures[0],) * lead + film.pictures + (film.pictures[-1],) * tail, film.fps)


def small_mp4(folder: Path) -> tuple[Path, float]:
    """The film as an MP4, and its length in seconds."""
    film = small_film()
    return write_mp4(folder / f"{WORD}.mp4", film), film.duration_s

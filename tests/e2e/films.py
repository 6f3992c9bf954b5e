"""Short, small films for real clients: a still lead in which they connect, then LOVE."""

from __future__ import annotations

from pathlib import Path

from streamsign.demo.video import Film, write_mp4
from tests.films import rendered

WORD, WIDTH, HEIGHT, FPS = "LOVE", 320, 240, 15
LEAD_S, TAIL_S = 2.5, 1.0


def small_film(lead_s: float = LEAD_S, fps: int = FPS) -> Film:
    """LOVE at 320×240, after a lead of this length in seconds."""
    film = rendered(WORD, fps=fps, width=WIDTH, height=HEIGHT)
    lead, tail = round(lead_s * fps), round(TAIL_S * fps)
    return Film((film.pictures[0],) * lead + film.pictures + (film.pictures[-1],) * tail, film.fps)


def small_mp4(folder: Path, lead_s: float = LEAD_S) -> tuple[Path, float]:
    """The film as an MP4, and its length in seconds."""
    film = small_film(lead_s)
    return write_mp4(folder / f"{WORD}.mp4", film), film.duration_s

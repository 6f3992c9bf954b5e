"""Films of the demo signer for tests: rendered once, kept on the disk until the code that renders them changes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.demo.signer import DemoSigner, luma_of
from streamsign.demo.video import Film, make_film
from tests.conftest import ROOT

FPS = 15
WIDTH, HEIGHT = 320, 240
"""Enough for the reader, and a quarter of the work of 640×480 at 30 fps for a browser that plays and encodes them."""

HELD_S = 1.4
"""Seconds from the start at which the first letter is held."""


def film(word: str, *, seed: int = 0, fps: int = FPS, lead_s: int = 0) -> Path:
    """A word as Y4M, the form that Chromium's ``--use-file-for-fake-video-capture`` plays at the rate it names.

    The first picture stands still for ``lead_s`` seconds, for clients that take long to connect.
    """
    key = f"{word}-{seed}-{fps}-{WIDTH}x{HEIGHT}-{lead_s}"
    target = _folder() / f"{key}.y4m"
    if not target.is_file():
        signer = DemoSigner(word, seed=seed, fps=fps, width=WIDTH, height=HEIGHT)
        lead = [signer.render(0.0)] * (lead_s * fps)
        _write(target, lead + [signer.render(number / fps) for number in range(signer.frame_count)], fps)
    return target


def rendered(word: str, *, seed: int = 0, fps: int = 30, width: int = 640, height: int = 480) -> Film:
    """A word as ``make_film`` renders it."""
    target = _folder() / f"{word}-{seed}-{fps}-{width}x{height}.npz"
    if not target.is_file():
        film = make_film(DemoSigner(word, seed=seed, fps=fps, width=width, height=height))
        unfinished = _unfinished(target)
        with unfinished.open("wb") as out:
            np.savez(out, *[np.frombuffer(picture, np.uint8) for picture in film.pictures])
        unfinished.replace(target)
    with np.load(target) as kept:
        return Film(tuple(kept[name].tobytes() for name in kept.files), float(fps))


def wall() -> Path:
    """A second of a room without a hand, as Y4M."""
    target = _folder() / f"wall-{FPS}-{WIDTH}x{HEIGHT}.y4m"
    if not target.is_file():
        signer = DemoSigner("L", width=WIDTH, height=HEIGHT)
        _write(target, [signer.render(0.0)] * FPS, FPS)
    return target


def held(letter: str) -> Path:
    """A letter that is held without end, as Y4M."""
    target = _folder() / f"held-{letter}-{FPS}-{WIDTH}x{HEIGHT}.y4m"
    if not target.is_file():
        signer = DemoSigner(letter, width=WIDTH, height=HEIGHT)
        _write(target, [signer.render(HELD_S)] * FPS, FPS)
    return target


def held_frame(letter: str, *, seed: int = 0, width: int = 640, height: int = 480) -> NDArray[np.uint8]:
    """One frame of a held letter, (height, width) uint8 full-range luma, without rendering the film around it."""
    return luma_of(DemoSigner(letter, seed=seed, width=width, height=height).render(HELD_S))


def _write(target: Path, pictures: list[NDArray[np.uint8]], fps: int) -> None:
    height, width = pictures[0].shape[:2]
    header = f"YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420jpeg\n".encode()
    frames = (b"FRAME\n" + cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420).tobytes() for picture in pictures)
    unfinished = _unfinished(target)
    unfinished.write_bytes(header + b"".join(frames))
    unfinished.replace(target)


def _unfinished(target: Path) -> Path:
    """Where a film is written before it is moved into place: another process may want the same one."""
    return target.with_suffix(f".{os.getpid()}")


@cache
def _folder() -> Path:
    """Where films of the present code are kept: named by what they are rendered by."""
    sources = [*sorted((ROOT / "streamsign" / "demo").glob("*.py")), Path(__file__)]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources) + np.__version__.encode())
    folder = Path(tempfile.gettempdir()) / f"streamsign-films-{os.getuid()}" / digest.hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return folder

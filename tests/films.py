"""Films of the demo signer for tests: rendered once, kept on the disk until the code that renders them changes."""

from __future__ import annotations

import hashlib
import io
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
    target = _kept(f"{key}.y4m")
    if not target.is_file():
        signer = DemoSigner(word, seed=seed, fps=fps, width=WIDTH, height=HEIGHT)
        lead = [signer.render(0.0)] * (lead_s * fps)
        _write(target, lead + [signer.render(number / fps) for number in range(signer.frame_count)], fps)
    return target


def rendered(word: str, *, seed: int = 0, fps: int = 30, width: int = 640, height: int = 480) -> Film:
    """A word as ``make_film`` renders it."""
    target = _kept(f"{word}-{seed}-{fps}-{width}x{height}.npz")
    if not target.is_file():
        film = make_film(DemoSigner(word, seed=seed, fps=fps, width=width, height=height))
        packed = io.BytesIO()
        np.savez(packed, *[np.frombuffer(picture, np.uint8) for picture in film.pictures])
        _write_whole(target, packed.getvalue())
    with np.load(target) as kept:
        return Film(tuple(kept[name].tobytes() for name in kept.files), float(fps))


def wall() -> Path:
    """A second of a room without a hand, as Y4M."""
    target = _kept(f"wall-{FPS}-{WIDTH}x{HEIGHT}.y4m")
    if not target.is_file():
        signer = DemoSigner("L", width=WIDTH, height=HEIGHT)
        _write(target, [signer.render(0.0)] * FPS, FPS)
    return target


def held(letter: str) -> Path:
    """A letter that is held without end, as Y4M."""
    target = _kept(f"held-{letter}-{FPS}-{WIDTH}x{HEIGHT}.y4m")
    if not target.is_file():
        signer = DemoSigner(letter, width=WIDTH, height=HEIGHT)
        _write(target, [signer.render(HELD_S)] * FPS, FPS)
    return target


def held_frame(letter: str, *, seed: int = 0, width: int = 640, height: int = 480) -> NDArray[np.uint8]:
    """One frame of a held letter, (height, width) uint8 full-range luma, without rendering the film around it."""
    return luma_of(DemoSigner(letter, seed=seed, width=width, height=height).render(HELD_S))


def shown_picture(letter: str, seed: int) -> Path:
    """One 640×480 frame, a PNG of its brightness, in which the hand shows a letter; each seed is another scene."""
    target = _kept(f"shown-{letter}-{seed}.png")
    if not target.is_file():
        signer = DemoSigner(letter, seed=seed)
        held = signer.truth[0]
        luma = luma_of(signer.render((held.start_s + held.end_s) / 2))
        _write_whole(target, cv2.imencode(".png", luma)[1].tobytes())
    return target


def _write(target: Path, pictures: list[NDArray[np.uint8]], fps: int) -> None:
    height, width = pictures[0].shape[:2]
    header = f"YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420jpeg\n".encode()
    frames = (b"FRAME\n" + cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420).tobytes() for picture in pictures)
    _write_whole(target, header + b"".join(frames))


def _write_whole(target: Path, data: bytes) -> None:
    """Write a file elsewhere and move it into place: another process may want the same one."""
    unfinished = target.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(data)
    unfinished.replace(target)


def _kept(name: str) -> Path:
    """Where a file that is rendered once is kept until the code that renders changes."""
    return _folder() / name


@cache
def _folder() -> Path:
    """Where films of the present code are kept: named by what they are rendered by."""
    sources = [*sorted((ROOT / "streamsign" / "demo").glob("*.py")), Path(__file__)]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources) + np.__version__.encode())
    folder = Path(tempfile.gettempdir()) / f"streamsign-films-{os.getuid()}" / digest.hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return folder

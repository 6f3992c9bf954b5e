"""Compares ours and MediaPipe Hands on one core: tracking and classifying a hand, and tracking its 21 joints."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.cores import pinned, two_cores
from benchmarks.environments import ROOT, PeerMissing, call
from benchmarks.report import Subject, Unit
from streamsign.demo.signer import DemoSigner, luma_of
from streamsign.recognition.frame import Luma
from streamsign.recognition.hand_reader import HandReader
from streamsign.recognition.model import Model
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.recognizer import Recognizer

Samples = dict[tuple[str, Subject, Unit], list[float]]
Taken = list[tuple[float, float, bool]]
"""CPU and wall milliseconds of each frame, and whether a hand was found in it."""

CASE = "hand/640x480"

CAPTIONS_CASE = "captions/640x480/cpu_a_second"
"""Ours is the whole way from a decoded frame to text, with both networks; the peers do what they do in ``CASE``."""

FRAMES = 100
WARM_UP_FRAMES = 10
"""Frames that are not counted: the first one is searched as a whole, which takes longer in both."""

_WORD = "LOVE"
_HAND_UP = 40  # frames of the demo signer before its hand is up
_FPS = 30
_MS = 1000


def hand_pictures() -> NDArray[np.uint8]:
    """Frames of the demo signer, its hand in the picture: (n, 480, 640, 3) uint8 BGR."""
    signer = DemoSigner(_WORD, seed=7)
    return np.stack([signer.render(number / _FPS) for number in range(_HAND_UP, _HAND_UP + FRAMES)])


def time_hands(
    model: Model, peers: Mapping[Subject, Sequence[str]], samples: Samples, rounds: int
) -> dict[Subject, str]:
    """Time ours and the peers alternately on the frames of one film, on one core.

    Args:
        model: for our side.
        peers: command line of each peer's program; the file of the frames is appended.
        samples: receives the times.
        rounds: number of runs of the film.

    Returns:
        For each peer whose program fails, the reason.

    Raises:
        StreamsignError: fewer than two cores.
    """
    failed: dict[Subject, str] = {}
    core, _ = two_cores()
    pictures = hand_pictures()
    with pinned(core), tempfile.TemporaryDirectory() as folder:
        stored = Path(folder) / "frames.npy"
        np.save(stored, pictures[..., ::-1])
        for _ in range(rounds):
            taken = our_times(model, pictures)
            _note_frames(samples, "ours", taken)
            _note_seconds(samples, "ours", taken)
            samples[CAPTIONS_CASE, "ours", "ms"] += _seconds([cpu_ms for cpu_ms, *_ in caption_times(model, pictures)])
            for subject, command in peers.items():
                try:
                    taken = _peer_times([*command, str(stored)])
                except PeerMissing as error:
                    failed[subject] = error.problem
                else:
                    _note_frames(samples, subject, taken)
                    _note_seconds(samples, subject, taken)
                    samples[CAPTIONS_CASE, subject, "ms"] += _seconds([cpu_ms for cpu_ms, *_ in taken])
    return failed


def our_times(model: Model, pictures: NDArray[np.uint8]) -> Taken:
    """Time of locating, tracking, cropping and classifying; the conversion to gray is not included.

    Args:
        model: that tracks and classifies the hand.
        pictures: (n, height, width, 3) uint8 BGR.
    """
    reader = HandReader(model)
    return _timed(pictures, lambda luma, at_s: reader.read(luma, at_s).square is not None)


def caption_times(model: Model, pictures: NDArray[np.uint8]) -> Taken:
    """Time of everything from a frame to its letters, with ``--reader auto``; arguments of :func:`our_times`."""
    recognizer = Recognizer(model, reader=ReaderMode.AUTO)
    return _timed(pictures, lambda luma, at_s: bool(recognizer.feed(luma, at_s)))


def _timed(pictures: NDArray[np.uint8], read: Callable[[Luma, float], bool]) -> Taken:
    taken = []
    for number, luma in enumerate([luma_of(picture) for picture in pictures]):
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        found = read(luma, number / _FPS)
        taken.append((_MS * (time.process_time() - cpu_s), _MS * (time.perf_counter() - wall_s), found))
    return taken


def _peer_times(command: list[str]) -> Taken:
    taken: Taken = json.loads(call(command, folder=ROOT).splitlines()[-1])
    return taken


def _note_frames(samples: Samples, subject: Subject, taken: Taken) -> None:
    warm = taken[WARM_UP_FRAMES:]
    samples[f"{CASE}/cpu", subject, "ms"] += [cpu_ms for cpu_ms, _, _ in warm]
    samples[f"{CASE}/wall", subject, "ms"] += [wall_ms for _, wall_ms, _ in warm]
    samples[f"{CASE}/found", subject, "percent"].append(100 * sum(found for *_, found in warm) / len(warm))


def _note_seconds(samples: Samples, subject: Subject, taken: Taken) -> None:
    samples[f"{CASE}/cpu_a_second", subject, "ms"] += _seconds([cpu_ms for cpu_ms, *_ in taken])
    samples[f"{CASE}/wall_a_second", subject, "ms"] += _seconds([wall_ms for _, wall_ms, _ in taken])


def _seconds(frames_ms: Sequence[float]) -> list[float]:
    """Times of whole seconds after the warm-up."""
    return [sum(frames_ms[begin : begin + _FPS]) for begin in range(WARM_UP_FRAMES, len(frames_ms) - _FPS + 1, _FPS)]

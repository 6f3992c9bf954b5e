"""Benchmarks the stages from a decoded frame to events."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from collections.abc import Sequence

import av
import cv2

from benchmarks.floor import OneThreadKernel, count_macs
from benchmarks.report import SUBJECTS, Report, Row, Subject, make_report, row
from benchmarks.stock import StockClassifier, StockVote, stock_patch
from streamsign.demo.signer import DemoSigner
from streamsign.luma import luma_of
from streamsign.recognition.model import Model, load_model
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.recognizer import Recognizer
from streamsign.recognition.runtime import open_interpreter

SIZES = ((640, 480), (1280, 720))
FULL_SIZES = ((320, 240), *SIZES, (1920, 1080))

STAGES = ("locate", "crop", "classify", "read", "filter", "total")
_ENDS = {"located": "locate", "cropped": "crop", "classified": "classify", "read": "read", "decided": "filter"}

ROUNDS, FULL_ROUNDS = 16, 60

_WORD = "LOVE"
_HAND_UP = 40  # frames of the demo signer before its hand is up
FRAMES = 90  # three seconds: two letters and the change between them
_FRAME_S = 1 / 30

Samples = dict[tuple[str, Subject], list[float]]


def run(*, full: bool, model: str, reader: ReaderMode = ReaderMode.AUTO) -> Report:
    """Time the path from a decoded frame to events at each size.

    Args:
        full: more sizes and rounds.
        model: a model's name or folder.
        reader: which network reads; "read" is its stage, 0 in frames that it does not read.

    Raises:
        ModelError: the model cannot be used.
    """
    chosen = load_model(model)
    rows: list[Row] = []
    for width, height in FULL_SIZES if full else SIZES:
        rows += _size(chosen, reader, width, height, rounds=FULL_ROUNDS if full else ROUNDS)
    return make_report("pipeline", rows)


def decoded_frames(width: int, height: int, count: int) -> list[av.VideoFrame]:
    """Frames of the demo signer holding and changing letters, as from a video decoder.

    yuv420p, rows padded to the decoder's stride. The frames before the hand is up are left out: an empty room is
    cheaper to read.
    """
    frames = []
    for frame in itertools.islice(DemoSigner(_WORD, seed=7), _HAND_UP, _HAND_UP + count):
        picture = cv2.cvtColor(cv2.resize(frame.luma, (width, height)), cv2.COLOR_GRAY2BGR)
        frames.append(av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p"))
    return frames


class _OurStages:
    """:meth:`Recognizer.feed`, its stages timed by the recognizer's own word."""

    def __init__(self, model: Model, reader: ReaderMode) -> None:
        self._recognizer = Recognizer(model, reader=reader)

    def feed(self, frame: av.VideoFrame, at_s: float) -> dict[str, float]:
        """Microseconds of each stage; a hand that is located again in a frame is cut and classified twice."""
        taken = dict.fromkeys(STAGES[:-1], 0.0)
        luma, limited_range = luma_of(frame)
        last_ns = started_ns = time.perf_counter_ns()

        def note(stage: str) -> None:
            nonlocal last_ns
            now_ns = time.perf_counter_ns()
            taken[_ENDS[stage]] += (now_ns - last_ns) / 1e3
            last_ns = now_ns

        self._recognizer.feed(luma, at_s, limited_range=limited_range, on_stage=note)
        return {**taken, "total": (last_ns - started_ns) / 1e3}


class _StockStages:
    def __init__(self, model: Model) -> None:
        self._size = model.info.input.size
        self._classifier = StockClassifier(model.tflite_path)
        self._vote = StockVote(model.info.labels)

    def feed(self, frame: av.VideoFrame) -> list[int]:
        """Monotonic nanoseconds before the first stage and after each."""
        marks = [time.perf_counter_ns()]
        patch = stock_patch(frame, self._size)
        marks.append(time.perf_counter_ns())
        probabilities = self._classifier.read(patch)
        marks.append(time.perf_counter_ns())
        self._vote.update(probabilities)
        marks.append(time.perf_counter_ns())
        return marks


def _size(model: Model, reader: ReaderMode, width: int, height: int, rounds: int) -> list[Row]:
    frames = decoded_frames(width, height, FRAMES)
    ours, stock = _OurStages(model, reader), _StockStages(model)
    macs = count_macs(open_interpreter(model.tflite_path))
    samples: Samples = defaultdict(list)
    at_s = 0.0
    with OneThreadKernel() as kernel:
        for turn in range(-1, rounds):
            if turn == 0:  # the round before was the warm-up
                samples.clear()
            for subject in ("ours", "stock") if turn % 2 else ("stock", "ours"):
                for frame in frames:
                    at_s += _FRAME_S
                    if subject == "ours":
                        for stage, us in ours.feed(frame, at_s).items():
                            samples[stage, "ours"].append(us)
                    else:
                        marks = stock.feed(frame)
                        _note(samples, "stock", ("crop", "classify", "filter"), marks)
                        samples["total", "stock"].append((marks[-1] - marks[0]) / 1e3)
            floor = kernel.floor_us(macs)
            samples["classify", "floor"].append(floor)
            samples["total", "floor"].append(floor)
    return [
        row(f"frame_{width}x{height}/{stage}", subject, "us", samples[stage, subject])
        for stage in STAGES
        for subject in SUBJECTS
        if any(samples[stage, subject])
    ]


def _note(samples: Samples, subject: Subject, stages: Sequence[str], marks: Sequence[int]) -> None:
    for stage, before, after in zip(stages, marks[:-1], marks[1:], strict=True):
        samples[stage, subject].append((after - before) / 1e3)

"""Benchmarks the time from a canvas in Chromium to decoded pixels in Python, over WebRTC on loopback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from benchmarks import timecode
from benchmarks.cores import cpu_time_s
from benchmarks.exchange import BROKEN, SeenFrames
from benchmarks.letters import letter_rows
from benchmarks.path import NetworkPath
from benchmarks.receiver import MODEL_VARIABLE, RECEIVERS
from benchmarks.report import Report, Row, Subject, make_report, row
from streamsign.errors import StreamsignError
from streamsign.recognition.model import load_model

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[1]

_WARM_UP_S, _MEASURED_S = 2.0, 6.0
"""The first frames are slower (key frame, bandwidth estimate at its start) and are left out."""

_PATIENCE_S = 60.0
"""Timeout of a receiver's start, answer and end."""

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True, slots=True)
class VideoCase:
    """The browser's video."""

    codec: str
    width: int
    height: int
    fps: int

    @property
    def name(self) -> str:
        """As in benchmarks/README.md."""
        return f"draw_to_decoded/{self.codec}_{self.width}x{self.height}_{self.fps}"


CASES = (VideoCase("vp8", 640, 480, 30), VideoCase("vp8", 320, 240, 15))
FULL_CASES = (*CASES, VideoCase("h264", 640, 480, 30), VideoCase("vp8", 1280, 720, 30), VideoCase("vp8", 320, 240, 30))


def run(*, full: bool, model: str) -> Report:
    """Time every frame of each case, with alternating receivers, and the letters of a real server.

    Args:
        full: more cases and rounds.
        model: the model the server reads letters with: a name or a model folder.

    Raises:
        ModelError: the model cannot be used.
        StreamsignError: Chromium or playwright is not installed, or no picture came through.
    """
    folder = str(load_model(model).folder.resolve())
    browser_path()
    # Letters first, because a server that does not start should fail before minutes of timing.
    letters = letter_rows(folder, words=10 if full else 3)
    rows: list[Row] = []
    with Sender(folder) as sender:
        for case in FULL_CASES if full else CASES:
            samples: dict[Subject, list[float]] = {subject: [] for subject in RECEIVERS}
            for turn in range(5 if full else 3):
                for subject in RECEIVERS if turn % 2 else reversed(RECEIVERS):
                    samples[subject] += sender.measure(case, subject)
            rows += [row(case.name, subject, "ms", taken) for subject, taken in samples.items()]
    return make_report("webrtc", rows + letters)


def browser_path() -> str:
    """Path of a Chromium or Chrome.

    Raises:
        StreamsignError: none is installed.
    """
    for name in _BROWSERS:
        if found := shutil.which(name):
            return found
    raise StreamsignError(
        "The webrtc benchmark sends from Chromium, and none is installed.",
        "Install it (Debian and Ubuntu: sudo apt install chromium) and run the benchmark again.",
    )


@dataclass(frozen=True, slots=True)
class Watched:
    """Frames of a receiver between two times, Unix seconds.

    Attributes:
        cpu_s: CPU time its process took between them; 0 where the system does not say.
    """

    seen: SeenFrames
    began_s: float
    ended_s: float
    cpu_s: float = 0.0


class Sender:
    """A headless Chromium that draws and sends the time code; ``model`` is for our receiver."""

    def __init__(self, model: str) -> None:
        self._model = model

    def __enter__(self) -> Sender:
        path = browser_path()
        try:
            from playwright.sync_api import sync_playwright
        except ImportError as error:
            raise StreamsignError(
                "The webrtc benchmark drives Chromium through playwright, which is not installed.",
                "Run `make install`: it brings the extra 'dev'.",
            ) from error
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(
            executable_path=path,
            headless=True,
            chromium_sandbox=False,
            # Plain loopback addresses: resolving .local names would time the machine's multicast instead.
            args=["--disable-features=WebRtcHideLocalIpsWithMdns", "--allow-loopback-in-peer-connection"],
        )
        self._page = self._browser.new_page()
        self._page.add_script_tag(path=ROOT / "benchmarks" / "sender.js")
        self._shift_ms = clock_shift_ms(self._page)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._browser.close()
        self._playwright.stop()

    def measure(self, case: VideoCase, subject: Subject) -> list[float]:
        """Draw-to-decoded milliseconds of every frame that arrived in one connection.

        Raises:
            StreamsignError: no picture came through.
        """
        kept = [
            max(0.0, timecode.elapsed_ms(ticks, seen_s))
            for ticks, seen_s in self.watch(case, subject, _MEASURED_S).seen
            if ticks != BROKEN
        ]
        if not kept:
            raise StreamsignError(
                f"No picture of {case.name} came through to the {subject} receiver.",
                "Run it alone; on a loaded machine encoding and decoding may not keep up.",
            )
        return kept

    def watch(
        self,
        case: VideoCase,
        subject: Subject,
        measured_s: float,
        *,
        path: NetworkPath | None = None,
        incident: Callable[[], None] = lambda: None,
        program: Sequence[str] | None = None,
        channel: str = "",
    ) -> Watched:
        """Frames of a receiver in one connection after the warm-up.

        Args:
            case: the browser's video.
            subject: the receiver.
            measured_s: how long to watch after the warm-up, seconds.
            path: of the packets; None for loopback without a relay.
            incident: called when the warm-up is over.
            program: command line of another receiver than ``subject``'s own.
            channel: label of a data channel to open beside the video; empty opens none.
        """
        child = subprocess.Popen(
            program or [sys.executable, "-m", "benchmarks.receiver", subject],
            cwd=ROOT,
            env=os.environ | {MODEL_VARIABLE: self._model},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        wanted = {
            "codec": case.codec,
            "width": case.width,
            "height": case.height,
            "fps": case.fps,
            "shift_ms": self._shift_ms,
            "paint": timecode.PAINT_JS,
            "channel": channel,
        }
        # Reading its lines has a timeout, so that a receiver that hangs does not block the benchmark.
        alarm = threading.Timer(_WARM_UP_S + measured_s + _PATIENCE_S, child.kill)
        alarm.start()
        try:
            offer = self._page.evaluate("wanted => window.offer(wanted)", wanted)
            answer = _ask(child, json.dumps(path.offer(offer) if path else offer))
            self._page.evaluate("sdp => window.accept(sdp)", path.answer(answer) if path else answer)
            time.sleep(_WARM_UP_S)
            began_s, cpu_s = time.time(), cpu_time_s(child.pid)
            incident()
            time.sleep(measured_s)
            ended_s, cpu_s = time.time(), cpu_time_s(child.pid) - cpu_s
            seen: SeenFrames = _ask(child, "")
            self._page.evaluate("window.hangUp()")
            child.communicate(timeout=10)
        finally:
            alarm.cancel()
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()
        return Watched([each for each in seen if began_s <= each[1] <= ended_s], began_s, ended_s, cpu_s)


def clock_shift_ms(page: Page) -> float:
    """What to add to the page's clock to read this process's ``time.time()``, milliseconds.

    Both count from the same system clock; a shift no larger than the fastest of 30 round trips is not one.
    """
    trips = []
    for _ in range(30):
        before = time.time() * 1000
        there = float(page.evaluate("performance.timeOrigin + performance.now()"))
        after = time.time() * 1000
        trips.append((after - before, (before + after) / 2 - there))
    round_trip, shift = min(trips)
    return 0.0 if abs(shift) <= round_trip else shift


def _ask(child: subprocess.Popen[str], line: str) -> Any:
    assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018
    child.stdin.write(line + "\n")
    child.stdin.flush()
    answer = child.stdout.readline()
    if not answer:
        raise StreamsignError(
            f"The receiver ended with exit code {child.wait()}.", "Its own words stand above; run `make test` next."
        )
    return json.loads(answer)

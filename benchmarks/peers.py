"""Compares ours with other programs in one run: receivers of the same browser, and hand detectors.

Each peer runs in a separate environment (:mod:`benchmarks.environments`). The report names peers that are not available
on this machine, with the reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import timecode
from benchmarks.boxes import labeled_data, read_letters
from benchmarks.environments import Environment, PeerMissing, announce
from benchmarks.exchange import BROKEN
from benchmarks.hands import Samples, time_hands
from benchmarks.report import Missing, Report, Row, Subject, make_report, row
from benchmarks.webrtc import CASES, FULL_CASES, Sender, VideoCase, browser_path
from streamsign.errors import StreamsignError
from streamsign.recognition.model import Model, load_model

AIORTC = Environment(
    "aiortc_vote",
    ("aiortc", "opencv-python-headless", "ai-edge-litert"),
    "aiortc, cv2, ai_edge_litert.interpreter",
    ("aiortc", "av", "opencv-python-headless", "ai-edge-litert"),
)
FASTRTC = Environment("fastrtc", ("fastrtc",), "fastrtc", ("fastrtc", "aiortc", "av"))
GSTREAMER = Environment(
    "gstreamer",
    ("numpy",),
    "gi; gi.require_version('GstWebRTC', '1.0'); from gi.repository import GstWebRTC",
    ("numpy", "PyGObject"),
    system=True,
)
MEDIAPIPE = Environment("mediapipe_hands", ("mediapipe==0.10.14",), "mediapipe", ("mediapipe", "numpy"))

INSTALL_COMMANDS = {
    "gstreamer": "sudo apt install python3-gi python3-venv gir1.2-gst-plugins-bad-1.0 gstreamer1.0-plugins-good "
    "gstreamer1.0-plugins-bad gstreamer1.0-nice",
}
"""Commands that install peers that pip does not have, by environment."""

ROUNDS, FULL_ROUNDS = 2, 5
MEASURED_S = 6.0

_MS = 1000


@dataclass(frozen=True, slots=True)
class Receiver:
    """A peer that receives video.

    Attributes:
        subject: name in the report.
        environment: where its program runs.
        program: module and arguments.
        channel: label of the data channel that it requires; empty without one.
    """

    subject: Subject
    environment: Environment
    program: tuple[str, ...]
    channel: str = ""


def receivers(graph: Path) -> tuple[Receiver, ...]:
    """The peers that receive video; ``graph`` is the classifier the one with a vote reads with."""
    programs = "benchmarks.peer_programs"
    return (
        Receiver("aiortc_vote", AIORTC, (f"{programs}.aiortc_vote", str(graph))),
        Receiver("fastrtc", FASTRTC, (f"{programs}.fastrtc_frames",), "text"),
        Receiver("gstreamer", GSTREAMER, (f"{programs}.gstreamer_frames", "200")),
        Receiver("gstreamer_no_buffer", GSTREAMER, (f"{programs}.gstreamer_frames", "0")),
    )


def run(*, full: bool, model: str) -> Report:
    """Measure ours and every available peer.

    Args:
        full: more cases and rounds, and the letters read in the labeled frames, which take many minutes.
        model: the model to read with: a name or a model folder.

    Raises:
        ModelError: the model cannot be used.
        StreamsignError: Chromium or playwright is not installed.
    """
    chosen = load_model(model)
    browser_path()
    found = HandsFound()
    samples: Samples = defaultdict(list)
    rounds = FULL_ROUNDS if full else ROUNDS
    _find_hands(chosen, found, samples, rounds, full=full)
    usable = [
        (each, (str(python), "-m", *each.program))
        for each in receivers(chosen.tflite_path.resolve())
        if (python := found.python(each.subject, each.environment)) is not None
    ]
    with Sender(str(chosen.folder.resolve())) as sender:
        for case in FULL_CASES if full else CASES:
            announce(f"receiving {case.name}, {rounds} × {1 + len(usable)} connections")
            for turn in range(rounds):
                _receive(sender, case, "ours", samples, None, "")
                for each, program in usable if turn % 2 else reversed(usable):
                    try:
                        _receive(sender, case, each.subject, samples, program, each.channel)
                    except StreamsignError as error:
                        found.lose(each.subject, f"{case.name}: {error.problem}")
    rows = [row(name, subject, unit, taken) for (name, subject, unit), taken in samples.items()]
    return make_report("peers", _by_case(rows), versions=found.versions, missing=found.missing)


class HandsFound:
    """The available peers, and the reasons for missing ones."""

    def __init__(self) -> None:
        self.versions: dict[str, str] = {}
        self.missing: list[Missing] = []

    def python(self, subject: Subject, environment: Environment) -> Path | None:
        """The Python of a peer; None, with the reason stored, if the peer is not available."""
        try:
            python = environment.python()
            self.versions |= environment.installed(python)
        except PeerMissing as error:
            advice = INSTALL_COMMANDS.get(environment.name, "")
            self.lose(subject, f"{error.problem}{'; try: ' + advice if advice else ''}")
            return None
        return python

    def lose(self, subject: Subject, reason: str) -> None:
        """Store the reason why a peer has no figures, or not all."""
        self.missing.append(Missing(subject=subject, reason=reason))


def _by_case(rows: list[Row]) -> list[Row]:
    """The rows case by case, the subjects of each side by side."""
    cases = list(dict.fromkeys(line.case for line in rows))
    return sorted(rows, key=lambda line: cases.index(line.case))


def _receive(
    sender: Sender, case: VideoCase, subject: Subject, samples: Samples, program: Sequence[str] | None, channel: str
) -> None:
    """Measure one connection.

    Raises:
        StreamsignError: no frame arrived, or the receiver ended.
    """
    from playwright.sync_api import Error

    try:
        watched = sender.watch(case, subject, MEASURED_S, program=program, channel=channel)
    except Error as error:
        raise StreamsignError(f"the browser says: {error.message.splitlines()[0]}", "") from error
    whole = [(ticks, seen_s) for ticks, seen_s in watched.seen if ticks != BROKEN]
    if not whole:
        raise StreamsignError(f"no picture came through to {subject}", "")
    name = case.name.partition("/")[2]
    delays = [max(0.0, timecode.elapsed_ms(ticks, seen_s)) for ticks, seen_s in whole]
    samples[f"draw_to_picture/{name}", subject, "ms"] += delays
    samples[f"cpu_a_frame/{name}", subject, "ms"].append(_MS * watched.cpu_s / len(whole))


def _find_hands(model: Model, found: HandsFound, samples: Samples, rounds: int, *, full: bool) -> None:
    """Time ours and MediaPipe, in both of its sizes."""
    python = found.python("mediapipe_hands", MEDIAPIPE)
    peers: dict[Subject, Sequence[str]] = {}
    if python is not None:
        program = (str(python), "-m", "benchmarks.peer_programs.mediapipe_hands")
        peers = {"mediapipe_hands": (*program, "1"), "mediapipe_lite": (*program, "0")}
    announce("timing hands")
    for subject, reason in time_hands(model, peers, samples, rounds).items():
        found.lose(subject, reason)
    data = labeled_data() if full else None
    if data is None:
        return
    announce("reading the labeled frames")
    try:
        boxes = None if python is None else (str(python), "-m", "benchmarks.peer_programs.mediapipe_boxes")
        read_letters(model, data, boxes, samples)
    except PeerMissing as error:
        found.lose("mediapipe_hands", error.problem)

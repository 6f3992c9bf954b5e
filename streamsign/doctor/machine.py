"""Checks of this computer: cores, runtime, model, camera, browser."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from streamsign.doctor.check_result import CheckResult, CheckStatus
from streamsign.errors import StreamsignError
from streamsign.recognition.framing import Framing
from streamsign.recognition.recognizer import Recognizer
from streamsign.recognition.runtime import Runtime, interpreter_class
from streamsign.settings import Settings
from streamsign.webrtc.compatibility import why_stock

MIN_CORES = 2
TIMED_FRAMES = 40
SLOW_MS = 15.0
"""Median time of a frame beyond which 30 frames a second leave too little for everything else."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "firefox", "safari")


def cores(usable: int | None = None) -> CheckResult:
    """Processor cores this process may use; counted when not given."""
    count = usable if usable is not None else _usable_cores()
    seen = f"{count} usable, {platform.machine()}, Python {platform.python_version()}."
    if count >= MIN_CORES:
        return CheckResult("cores", CheckStatus.OK, seen)
    return CheckResult(
        "cores", CheckStatus.WARNING, seen, "One core reads one camera. Use two cores to serve pages smoothly as well."
    )


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def runtime(asked: Runtime | None = None) -> CheckResult:
    """The TFLite runtime; the one that is asked for, else the first installed one."""
    try:
        return CheckResult("runtime", CheckStatus.OK, f"{interpreter_class(asked)[0]}.")
    except StreamsignError as error:
        return CheckResult("runtime", CheckStatus.FAILED, error.problem, error.next_step)


def model(settings: Settings) -> CheckResult:
    """Whether the model can be used, and how long a frame takes: found, cut out, read."""
    about = f"model {settings.model}"
    try:
        recognizer = Recognizer(settings.load_model(), framing=Framing.AUTO)
    except StreamsignError as error:
        return CheckResult(about, CheckStatus.FAILED, error.problem, error.next_step)
    frame = np.full((480, 640), 110, np.uint8)
    took_ms = []
    for number in range(TIMED_FRAMES):
        begun = time.perf_counter()
        recognizer.feed(frame, number / 30)
        took_ms.append(1000 * (time.perf_counter() - begun))
    median_ms = statistics.median(took_ms)
    seen = f"Reads {' '.join(recognizer.letters)}; a frame without a hand takes {median_ms:.1f} ms."
    if median_ms <= SLOW_MS:
        return CheckResult(about, CheckStatus.OK, seen)
    return CheckResult(about, CheckStatus.WARNING, seen, "Close other programs, or lower the frame rate of the camera.")


def receiver() -> CheckResult:
    """Whether the low-latency receive path fits the installed aiortc."""
    reason = why_stock()
    if reason is None:
        return CheckResult("receive path", CheckStatus.OK, "The low-latency path is in use.")
    return CheckResult("receive path", CheckStatus.WARNING, reason, "Install the pinned aiortc: `make install`.")


def state_folder(folder: Path) -> CheckResult:
    """Whether certificate and tokens can be kept, by the owner alone."""
    place = folder if folder.exists() else next((each for each in folder.parents if each.exists()), folder)
    if not os.access(place, os.W_OK):
        return CheckResult(
            "state folder", CheckStatus.FAILED, f"{folder} cannot be written.", "Pass another folder with --state-dir."
        )
    key = folder / "key.pem"
    if sys.platform != "win32" and key.exists() and key.stat().st_mode & 0o077:
        return CheckResult("state folder", CheckStatus.WARNING, f"Others can read {key}.", f"chmod 600 {folder}/*")
    return CheckResult("state folder", CheckStatus.OK, f"{folder}.")


def camera(folder: Path = Path("/dev")) -> CheckResult:
    """Whether this computer has a camera of its own: only its own page and `caption 0` need one."""
    found = sorted(each.name for each in folder.glob("video*"))
    if found or sys.platform != "linux":
        return CheckResult("camera", CheckStatus.OK, ", ".join(found) or "The system is asked when a camera is opened.")
    return CheckResult("camera", CheckStatus.WARNING, "No camera was found.", "Use a phone as the camera.")


def browser() -> CheckResult:
    """Whether a browser is here to open the host page; any other computer's may do as well."""
    found = next((each for each in BROWSERS if shutil.which(each)), None)
    if found is not None or sys.platform == "darwin":
        return CheckResult("browser", CheckStatus.OK, f"{found or 'Safari'}.")
    return CheckResult(
        "browser",
        CheckStatus.WARNING,
        "No browser was found in PATH.",
        "Pair a phone with the code in the terminal. Read captions on another device, or with `streamsign watch`.",
    )

"""Stops, kills and restarts parts of a cluster while a camera signs; every viewer must receive each letter once.

The gateways, the workers and NATS are real processes; the camera is :func:`streamsign.client.camera.publish` with the
demo signer, who spells a word again and again. One viewer watches at each gateway.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.cluster_parts import PUBLISH, VIEW, ClusterParts, Part, cluster_parts
from benchmarks.reliability import table, write_section
from streamsign.captions.events import Letter, Status
from streamsign.client.camera import publish
from streamsign.client.captions import watch
from streamsign.demo.signer import DemoSigner
from streamsign.demo.video import Film, make_film

ROOM = "moves"
WORD = "CELOVECLO"
SETTLE_S = (1.5, 3.5)
"""Time between the end of one event and the next one, seconds, so that it comes at a random moment of a letter."""

BACK_S = 20.0
"""Longest wait for the camera to be live again."""


class Event(StrEnum):
    """What happens to the cluster."""

    DRAIN = "drain"
    KILL = "kill"
    NATS = "nats"


@dataclass(frozen=True, slots=True)
class Moves:
    """Result of a run.

    Attributes:
        event: what happened.
        count: how often.
        letters: letters that at least one viewer received.
        lost, duplicated: of these, letters that a viewer did not receive, or received twice, over all viewers.
        unread, unsigned: letters that were signed and that the first viewer did not receive, and the other way round.
            While a killed worker is replaced nothing is read.
        back_p50_s, back_max_s: from the event until the camera is live at a worker that runs.
        delay_p50_s, delay_max_s: from the capture of a letter to a viewer.
    """

    event: str
    count: int
    letters: int
    lost: int
    duplicated: int
    unread: int
    unsigned: int
    back_p50_s: float
    back_max_s: float
    delay_p50_s: float
    delay_max_s: float


@dataclass
class _LoopedFilm:
    """A film that begins again when it ends; it has :attr:`frames` frames."""

    film: Film
    frames: int = 10**9

    @property
    def fps(self) -> float:
        return self.film.fps

    def __len__(self) -> int:
        return self.frames

    def picture(self, number: int) -> NDArray[np.uint8]:
        return self.film.picture(number % len(self.film))


@dataclass
class _Viewer:
    """Watches a room at one gateway."""

    letters: list[Letter] = field(default_factory=list)
    delays_s: list[float] = field(default_factory=list)
    live: dict[str, float] = field(default_factory=dict)

    async def watch(self, url: str) -> None:
        """Watch until canceled."""
        async for event in watch(f"{url}/view/{ROOM}", token=VIEW, attempts=10_000):
            if isinstance(event, Letter):
                self.letters.append(event)
                self.delays_s.append(time.time() - event.captured_s)
            elif isinstance(event, Status) and event.state == "live":
                self.live.setdefault(event.session, time.monotonic())


async def moves(
    event: Event, count: int, seed: int, folder: Path, *, fps: float = 15, earlier: Path | None = None
) -> Moves:
    """Let an event happen to a cluster ``count`` times.

    Args:
        event: what happens.
        count: how often, at least once.
        seed: of the moments.
        folder: for logs and state.
        fps: frames a second of the camera.
        earlier: folder with an earlier release, which half of the gateways and workers run.
    """
    film = make_film(DemoSigner(WORD, fps=fps))
    rng = random.Random(seed)
    settings = {"model": "celov", "log_level": "info", "drain_s": 20}
    with cluster_parts(folder, gateways=2, workers=2, earlier=earlier, **settings) as parts:
        viewers = [_Viewer() for _ in parts.gateways]
        watching = [
            asyncio.ensure_future(viewer.watch(part.url)) for viewer, part in zip(viewers, parts.gateways, strict=True)
        ]
        looped = _LoopedFilm(film)
        sending = asyncio.ensure_future(publish(parts.gateways[0].url, looped, token=PUBLISH, room=ROOM))
        try:
            await _until_live(viewers[1], sending, 0)
            back_s = [await _happen(event, parts, viewers[1], sending, rng) for _ in range(count)]
            await asyncio.sleep(max(SETTLE_S))
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await asyncio.sleep(1)
            for each in watching:
                each.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
    return _result(event, count, viewers, back_s)


async def _until_live(viewer: _Viewer, sending: asyncio.Future[Any], known: int) -> None:
    async with asyncio.timeout(BACK_S):
        while len(viewer.live) <= known:
            if sending.done():
                sending.result()
            await asyncio.sleep(0.01)


async def _happen(
    event: Event, parts: ClusterParts, viewer: _Viewer, sending: asyncio.Future[Any], rng: random.Random
) -> float:
    """Let it happen once; seconds until the camera is live again."""
    if event is not Event.NATS and sum(part.runs for part in parts.workers) < 2:
        part = parts.worker(wait=False)
        await asyncio.to_thread(part.wait_ready)
    await asyncio.sleep(rng.uniform(*SETTLE_S))
    began_s, known = time.monotonic(), len(viewer.live)
    if event is Event.NATS:
        written = len(viewer.letters)
        await asyncio.to_thread(parts.nats.kill, signal.SIGTERM if rng.random() < 0.5 else signal.SIGKILL)
        await asyncio.to_thread(parts.nats.start)
        async with asyncio.timeout(BACK_S):
            while len(viewer.letters) == written:  # noqa: ASYNC110 - the viewer has no event for it
                await asyncio.sleep(0.01)
        return time.monotonic() - began_s
    number = signal.SIGTERM if event is Event.DRAIN else signal.SIGKILL
    ending = asyncio.ensure_future(asyncio.to_thread(_worker_of(parts, list(viewer.live)).end, number))
    await _until_live(viewer, sending, known)
    back_s = time.monotonic() - began_s
    await ending
    return back_s


def _worker_of(parts: ClusterParts, sessions: Sequence[str]) -> Part:
    """The worker that reads the newest session."""
    opened = f"Session opened session={sessions[-1]}"
    return next(part for part in parts.workers if part.runs and opened in part.log.read_text())


def _result(event: Event, count: int, viewers: Sequence[_Viewer], back_s: Sequence[float]) -> Moves:
    everything = {letter.seq for viewer in viewers for letter in viewer.letters}
    lost = sum(len(everything - {letter.seq for letter in viewer.letters}) for viewer in viewers)
    duplicated = sum(len(viewer.letters) - len({letter.seq for letter in viewer.letters}) for viewer in viewers)
    read = "".join(letter.letter for letter in sorted(viewers[0].letters, key=lambda letter: letter.seq))
    unread, unsigned = differences(read, WORD)
    delays_s = [delay for viewer in viewers for delay in viewer.delays_s]
    return Moves(
        event=event.value,
        count=count,
        letters=len(everything),
        lost=lost,
        duplicated=duplicated,
        unread=unread,
        unsigned=unsigned,
        back_p50_s=round(statistics.median(back_s), 2),
        back_max_s=round(max(back_s), 2),
        delay_p50_s=round(statistics.median(delays_s), 3),
        delay_max_s=round(max(delays_s), 3),
    )


def differences(read: str, word: str) -> tuple[int, int]:
    """Letters of a word, signed again and again, that were not read; and letters that were read and not signed.

    Args:
        read: what was read; it begins with the word and may end anywhere in it.
        word: what was signed.
    """
    # Dynamic programming over (letters signed so far); the number of letters signed is open at the end.
    most = len(read) + 2 * len(word) + 64
    best: list[tuple[int, int, int]] = [(signed, signed, 0) for signed in range(most + 1)]
    for letter in read:
        row = [(best[0][0] + 1, best[0][1], best[0][2] + 1)]
        for signed in range(1, most + 1):
            match = best[signed - 1]
            same = word[(signed - 1) % len(word)] == letter
            cost, unread, unsigned = match
            swapped = match if same else (cost + 2, unread + 1, unsigned + 1)
            skipped = (row[-1][0] + 1, row[-1][1] + 1, row[-1][2])
            added = (best[signed][0] + 1, best[signed][1], best[signed][2] + 1)
            row.append(min(swapped, skipped, added))
        best = row
    _, unread, unsigned = min(best)
    return unread, unsigned


def figures(found: Moves) -> dict[str, object]:
    """The figures of a run, by what they are."""
    back = "until the next letter" if found.event == Event.NATS else "until the camera is live at another worker"
    return {
        "repetitions": found.count,
        "letters at the viewers": found.letters,
        "missing at one viewer": found.lost,
        "duplicated at a viewer": found.duplicated,
        "signed, and not read": found.unread,
        "read, and not signed": found.unsigned,
        f"from the event {back}, p50 and longest": f"{found.back_p50_s} s, {found.back_max_s} s",
        "from capture to a viewer, p50 and longest": f"{found.delay_p50_s} s, {found.delay_max_s} s",
    }


def section(found: Moves) -> str:
    """What docs/reliability.md says of a run."""
    what = {
        Event.DRAIN: "The worker that reads the camera is ended with SIGTERM",
        Event.KILL: "The worker that reads the camera is killed with SIGKILL",
        Event.NATS: "NATS is ended with SIGTERM or SIGKILL at random and started again",
    }[Event(found.event)]
    return f"""\
Written by `make moves`. {what}, {found.count} times, at random
moments of a letter. Two gateways, at least two workers, and NATS are separate processes on one computer. A virtual
phone signs one letter a second, and a viewer watches at each gateway. Other programs ran on the machine.

{table(figures(found))}
"""


TITLES = {
    Event.DRAIN: "A worker of a cluster stops",
    Event.KILL: "A worker of a cluster is killed",
    Event.NATS: "NATS of a cluster is restarted",
}


def run(event: Event, count: int, earlier: Path | None = None) -> Moves:
    """Let an event happen ``count`` times, see :func:`moves`, and print the result; on an error, the logs as well."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = asyncio.run(moves(event, count, os.getpid(), Path(folder), earlier=earlier))
        except BaseException:
            for log in sorted(Path(folder).glob("*.log")):
                sys.stderr.write(f"{log.name}:\n{log.read_text()[-3000:]}\n")
            raise
    sys.stdout.write(json.dumps(asdict(found), indent=2) + "\n")
    return found


def main() -> None:
    """``python -m benchmarks.cluster_moves EVENT [COUNT]``."""
    event, count = Event(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 50
    found = run(event, count)
    write_section(TITLES[event], section(found))
    if found.lost or found.duplicated:
        sys.exit(1)


if __name__ == "__main__":
    main()

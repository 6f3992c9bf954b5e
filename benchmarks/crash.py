"""Kills a server repeatedly while letters are published; every viewer must get each letter once, in order.

The server under test is the real one, with its caption log on disk; a task inside of it publishes letters to a room, as
a camera's reader does. The viewers are :func:`streamsign.client.captions.watch`, which reconnects.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from benchmarks.ports import free_port
from benchmarks.reliability import table, write_section
from benchmarks.server import ROOT, publish_letters
from streamsign.captions.events import Hello, Letter
from streamsign.client.captions import watch
from streamsign.errors import StreamsignError

ROOM = "crash"
LETTERS = "CELOV"
LETTER_EVERY_S = 0.02
START_S = 90.0
VIEWERS = 3


@dataclass(frozen=True, slots=True)
class Crashes:
    """Result of a run.

    Attributes:
        kills: number of SIGKILL signals to the server.
        letters: letters in the log at the end.
        viewers: viewers that watched all the time.
        lost, duplicated, reordered: letters, over all viewers; a lost one was published, or is in the log.
        again_p50_s, again_max_s: from the start of a new server process to the first letter at a viewer.
        seconds: how long it took.
    """

    kills: int
    letters: int
    viewers: int
    lost: int
    duplicated: int
    reordered: int
    again_p50_s: float
    again_max_s: float
    seconds: float


class _Viewer:
    """A viewer that reads during all crashes."""

    def __init__(self, url: str, state: Path) -> None:
        self.seen: list[int] = []
        self.wrong = 0
        self.log_ids: set[str] = set()
        self._task = asyncio.ensure_future(self._watch(url, state))

    async def _watch(self, url: str, state: Path) -> None:
        async for event in watch(f"{url}/view/{ROOM}", state_dir=state, attempts=10_000):
            if isinstance(event, Hello):
                self.log_ids.add(event.log_id)
            elif isinstance(event, Letter):
                self.seen.append(event.seq)
                self.wrong += event.letter != LETTERS[event.seq % len(LETTERS)]

    async def until(self, seq: int) -> None:
        """Wait for a letter with at least that number."""
        while not self.seen or self.seen[-1] < seq:
            if self._task.done():
                self._task.result()
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def crash(kills: int, seed: int = 0) -> Crashes:
    """Kill a server that many times.

    Raises:
        StreamsignError: it does not start again.
    """
    chance = random.Random(seed)
    began_s = time.monotonic()
    again_s: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        state, port = Path(folder), free_port()
        url = f"http://127.0.0.1:{port}"
        server = await _start(port, state)
        await _ready(port, server)
        viewers = [_Viewer(url, state) for _ in range(VIEWERS)]
        try:
            for _ in range(kills):
                await _within(viewers[0].until(_newest(viewers) + 1))
                await asyncio.sleep(chance.uniform(0.05, 0.6))
                newest, started_s = await _kill(server, viewers), time.monotonic()
                server = await _start(port, state)
                await _within(viewers[0].until(newest + 1))
                again_s.append(time.monotonic() - started_s)
            await _kill(server, viewers)
            server = await _start(port, state, silent=True)
            await _ready(port, server)
            letters = await _last_seq(url, state)
            await _within(asyncio.gather(*(viewer.until(letters) for viewer in viewers)))
        finally:
            await asyncio.gather(*(viewer.close() for viewer in viewers))
            with contextlib.suppress(ProcessLookupError):
                server.kill()
            await server.wait()
    again_s.sort()
    backwards = sum(one >= other for viewer in viewers for one, other in itertools.pairwise(viewer.seen))
    return Crashes(
        kills,
        letters,
        len(viewers),
        lost=sum(len(set(range(1, letters + 1)) - set(viewer.seen)) for viewer in viewers),
        duplicated=sum(len(viewer.seen) - len(set(viewer.seen)) for viewer in viewers),
        reordered=backwards + sum(viewer.wrong + len(viewer.log_ids) - 1 for viewer in viewers),
        again_p50_s=round(again_s[len(again_s) // 2], 2),
        again_max_s=round(again_s[-1], 2),
        seconds=round(time.monotonic() - began_s, 1),
    )


def _newest(viewers: list[_Viewer]) -> int:
    return max((viewer.seen[-1] for viewer in viewers if viewer.seen), default=0)


async def _kill(server: asyncio.subprocess.Process, viewers: list[_Viewer]) -> int:
    """Kill it; return the number of the newest letter that any viewer has."""
    server.send_signal(signal.SIGKILL)
    await server.wait()
    return _newest(viewers)


async def _within(work: Awaitable[object]) -> None:
    try:
        await asyncio.wait_for(work, START_S)
    except TimeoutError as error:
        raise StreamsignError("No letter came for a minute and a half.", "Run `make test`: it may say why.") from error


async def _last_seq(url: str, state: Path) -> int:
    async with contextlib.aclosing(watch(f"{url}/view/{ROOM}", state_dir=state)) as events:
        hello = await anext(events)
    assert isinstance(hello, Hello)  # noqa: S101 - every connection begins with one
    return hello.last_seq


async def _start(port: int, state: Path, *, silent: bool = False) -> asyncio.subprocess.Process:
    mode = "silent" if silent else "letters"
    command = [sys.executable, "-m", "benchmarks.crash", "server", str(port), str(state), mode]
    return await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )


async def _ready(port: int, server: asyncio.subprocess.Process) -> None:
    until_s = time.monotonic() + START_S
    async with httpx.AsyncClient() as http:
        while time.monotonic() < until_s and server.returncode is None:
            with contextlib.suppress(httpx.TransportError):
                if (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.05)
    raise StreamsignError("The server does not start.", "Try `streamsign serve` alone.")


async def _serve(port: int, state: Path, *, silent: bool) -> None:
    """The server under test, in a process of its own."""
    from streamsign.server.parts import Server
    from streamsign.server.run import run
    from streamsign.settings import read_settings

    async def publish(server: Server) -> None:
        if not silent:
            await publish_letters(server, ROOM, LETTER_EVERY_S, LETTERS)

    await run(read_settings(port=port, lan=False, state_dir=state, keep_log=True, log_level="error"), publish)


def section(found: Crashes) -> str:
    """What docs/reliability.md says of it."""
    rows: dict[str, object] = {
        "kills": found.kills,
        "letters published": found.letters,
        "lost": found.lost,
        "duplicated": found.duplicated,
        "out of order, or in another log": found.reordered,
        "start of a process to the next letter at a viewer, p50": f"{found.again_p50_s} s",
        "the same, longest": f"{found.again_max_s} s",
        "duration": f"{found.seconds} s",
    }
    return f"""\
Written by `make crash`. The server is killed with `kill -9` at a random moment and started again, {found.kills} times.
A letter is published every {LETTER_EVERY_S * 1000:.0f} ms.
{found.viewers} viewers watch all the time and reconnect by themselves.
Each letter is durable (SQLite, WAL, `synchronous=FULL`) before a viewer gets it.

{table(rows)}

The time to the next letter is mostly the start of Python, the loading of the model, and the viewer's wait before it
connects again (at most 10 s). Other programs ran on the machine.
"""


def main() -> None:
    """``python -m benchmarks.crash [KILLS]``."""
    if sys.argv[1:2] == ["server"]:
        _, _, port, state, mode = sys.argv
        asyncio.run(_serve(int(port), Path(state), silent=mode == "silent"))
        return
    found = asyncio.run(crash(int(sys.argv[1]) if len(sys.argv) > 1 else 200, os.getpid()))
    sys.stdout.write(json.dumps(asdict(found), indent=2) + "\n")
    write_section("Killed while letters flow", section(found))
    if found.lost or found.duplicated or found.reordered:
        sys.exit(1)


if __name__ == "__main__":
    main()

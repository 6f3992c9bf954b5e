"""The real server in a separate process for benchmarks, with counts of its resources on request.

    python -m benchmarks.server SETTINGS_AS_JSON SLOWED PUBLISH

runs what ``streamsign serve`` runs; for each line on its standard input it writes a :class:`Census` as a JSON line.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from pydantic import BaseModel, ConfigDict

from benchmarks.cores import cpu_time_s, pinned
from benchmarks.ports import free_port
from streamsign.errors import StreamsignError
from streamsign.recognition.events import Commit
from streamsign.server.process.memory import give_memory_back
from streamsign.state.grants import EVERY_ROOM, KEY_FILE, OWNER_LIFE_S, Right, Signer

if TYPE_CHECKING:
    from streamsign.server.parts import Server

ROOT = Path(__file__).resolve().parents[1]

_START_TIMEOUT_S = 90.0
_STOP_TIMEOUT_S = 5.0
_OUTPUT_CHARACTERS = 2000
"""Characters of a failed server's output that are shown."""


class Census(BaseModel):
    """Resources of a server process after a full garbage collection.

    Attributes:
        tasks: asyncio tasks by the name of their coroutine.
        threads: Python threads by name, numbers at the end of a name left out.
        fds: open file descriptors by what they are, ``socket`` or a path.
        objects: live objects by class, of the classes that make up a connection.
        cameras: cameras connected.
        resident_kb: memory in RAM, 1024 bytes each, free pages of the allocator given back.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tasks: dict[str, int]
    threads: dict[str, int]
    fds: dict[str, int]
    objects: dict[str, int]
    cameras: int
    resident_kb: int


class ServerProcess:
    """A running server.

    Attributes:
        url: of its plain HTTP listener on this computer.
        token: its publish token.
        view_token: its view token.
        owner_token: a token that may do everything.
    """

    def __init__(self, url: str, state: Path, child: subprocess.Popen[str]) -> None:
        self.url = url
        self.token = (state / "publish-token").read_text()
        self.view_token = (state / "view-token").read_text()
        signer = Signer((state / KEY_FILE).read_bytes())
        self.owner_token = signer.make((Right.OWNER,), EVERY_ROOM, OWNER_LIFE_S)
        self._child = child

    def census(self) -> Census:
        """Count the resources, which takes tens of milliseconds of the server's time.

        Raises:
            StreamsignError: the server has ended.
        """
        assert self._child.stdin is not None and self._child.stdout is not None  # noqa: S101, PT018
        try:
            self._child.stdin.write("\n")
            self._child.stdin.flush()
            line = self._child.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise StreamsignError("The server ended while it was measured.", "Run `make test`: it may say why.")
        return Census.model_validate_json(line)

    def cpu_s(self) -> float:
        """CPU time the process took so far, seconds; costs the server nothing."""
        return cpu_time_s(self._child.pid)

    async def frames_read(self, http: httpx.AsyncClient) -> int:
        """Frames that it has read.

        Raises:
            StreamsignError: its answer does not contain the number.
        """
        headers = {"Authorization": f"Bearer {self.view_token}"}
        answer = (await http.get(f"{self.url}/api/latency", headers=headers)).json()
        if "since_start" not in answer:
            raise StreamsignError("The server does not say how many frames it read.", "Run `make test`.")
        return int(answer["since_start"]["total"]["n"])


@contextmanager
def server(
    model: str,
    *,
    core: int | None = None,
    slowed: int = 1,
    publish: tuple[str, float] | None = None,
    **settings: Any,
) -> Iterator[ServerProcess]:
    """A server that is ready.

    Args:
        model: a model's name or folder.
        core: the only core it may use; None for all.
        slowed: factor on the time of reading each frame.
        publish: room, and seconds from one letter published there to the next; without it none is.
        settings: fields of :class:`~streamsign.settings.Settings`.

    Raises:
        StreamsignError: it does not start.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as state, tempfile.TemporaryFile("w+") as words:
        given = {"model": model, "port": port, "lan": False, "state_dir": state, "log_level": "warning", **settings}
        with pinned(core):  # inherited by the child and each of its threads
            child = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.server", json.dumps(given), str(slowed), json.dumps(publish)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                text=True,
            )
        with ended(child):
            if not ready(url, child):
                words.seek(0)
                raise StreamsignError(
                    f"The server does not start:\n{words.read()[-_OUTPUT_CHARACTERS:].strip()}",
                    "Try `streamsign serve` alone.",
                )
            yield ServerProcess(url, Path(state), child)


@contextmanager
def ended(child: subprocess.Popen[Any]) -> Iterator[None]:
    """End a process after the context: SIGTERM, and SIGKILL if it has not ended after five seconds."""
    try:
        yield
    finally:
        child.terminate()
        try:
            child.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


def ready(url: str, child: subprocess.Popen[Any]) -> bool:
    """Wait until a process answers ``/readyz`` with 200.

    Returns:
        False if it does not within 90 s, or has ended.
    """
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and child.poll() is None:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{url}/readyz", timeout=2).status_code == 200:
                return True
        time.sleep(0.1)
    return False


# Inside the server's process.


def take_census(cameras: int, classes: Sequence[type]) -> Census:
    """Count what this process holds; must be called in its event loop.

    Args:
        cameras: as the server counts them.
        classes: whose live objects are counted.
    """
    give_memory_back()  # garbage and freed pages are not leaks, and they would hide one
    alive = Counter(type(each) for each in gc.get_objects())
    return Census(
        tasks=_counted(_name_of(task) for task in asyncio.all_tasks()),
        threads=_counted(thread.name.rstrip("-_0123456789") for thread in threading.enumerate()),
        fds=_counted(_open_files()),
        objects={each.__name__: alive[each] for each in classes},
        cameras=cameras,
        resident_kb=_resident_kb(),
    )


def _counted(names: Any) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _name_of(task: asyncio.Task[Any]) -> str:
    return str(getattr(task.get_coro(), "__qualname__", task.get_coro()))


def _open_files() -> Iterator[str]:
    for entry in os.listdir("/proc/self/fd"):  # noqa: PTH208 - listing opens one itself, which is gone at readlink
        try:
            yield os.readlink(f"/proc/self/fd/{entry}").partition(":[")[0]  # noqa: PTH115 - sockets are not paths
        except OSError:
            continue


def _resident_kb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


async def publish_letters(server: Server, room: str, every_s: float, letters: str = "CELOV") -> None:
    """Publish letters to a room for ever, as a camera's reader does.

    The letter of event n is `letters[n % len(letters)]`.
    """
    hub = await server.rooms.get(room)
    while True:
        number = hub.log.last_seq + 1
        now_s = hub.clock()
        hub.publish_letter("camera", Commit(letters[number % len(letters)], 0.9, now_s, now_s))
        await hub.settled()
        await asyncio.sleep(every_s)


async def _serve(given: dict[str, Any], slowed: int, publish: tuple[str, float] | None) -> None:
    gc.disable()  # nearly all of what imports make stays
    from aiortc import RTCPeerConnection
    from aiortc.rtcdtlstransport import RTCDtlsTransport

    from streamsign.captions.subscription import Subscription
    from streamsign.recognition.recognizer import Recognizer
    from streamsign.server.run import run
    from streamsign.settings import read_settings
    from streamsign.webrtc.receiver import LowLatencyReceiver
    from streamsign.webrtc.session import CameraSession

    gc.enable()
    if slowed > 1:
        _slow_down(Recognizer, slowed)
    classes = (CameraSession, RTCPeerConnection, RTCDtlsTransport, LowLatencyReceiver, Recognizer, Subscription)
    loop = asyncio.get_running_loop()

    async def ready(server: Server) -> None:
        def asked() -> None:
            if not sys.stdin.readline():
                loop.remove_reader(sys.stdin)
                return
            sys.stdout.write(take_census(len(server.cameras), classes).model_dump_json() + "\n")
            sys.stdout.flush()

        loop.add_reader(sys.stdin, asked)
        if publish is not None:
            await publish_letters(server, *publish)

    await run(read_settings(**given), ready)


def _slow_down(recognizer: Any, times: int) -> None:
    """Multiply the duration of each ``feed`` call by waiting, like a slow accelerator."""
    feed = recognizer.feed

    def slow_feed(*given: Any, **named: Any) -> Any:
        began_s = time.perf_counter()
        said = feed(*given, **named)
        time.sleep((times - 1) * (time.perf_counter() - began_s))
        return said

    recognizer.feed = slow_feed


if __name__ == "__main__":
    asyncio.run(_serve(json.loads(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])))

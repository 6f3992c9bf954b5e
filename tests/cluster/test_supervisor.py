"""cluster/supervisor.py: children that are started again, and end with their parent."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from streamsign.cluster.supervisor import FIRST_PAUSE_S, LONGEST_PAUSE_S, STEADY_S, Supervised, pause_after
from tests.nats_server import until

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def test_the_pause_grows_while_a_process_keeps_ending() -> None:
    """It is doubled up to its longest, and starts over after a steady run."""
    pauses, pause_s = [], FIRST_PAUSE_S
    for _ in range(7):
        now_s, pause_s = pause_after(1.0, pause_s)
        pauses.append(now_s)
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, LONGEST_PAUSE_S, LONGEST_PAUSE_S]
    assert pause_after(STEADY_S, pause_s)[0] == FIRST_PAUSE_S


async def test_a_killed_child_is_started_again_and_stopped_at_the_end() -> None:
    """A child that was killed has another process id soon, and none after it was stopped."""
    child = Supervised("child", SLEEP, os.environ)
    child.start()
    await until(lambda: child.pid is not None)
    first = child.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: child.pid not in (None, first))
    second = child.pid
    await child.stop(10)
    assert child.pid is None
    assert second is not None
    assert _ended(second)


async def test_a_child_that_cannot_be_started_is_started_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A program that is missing while it is replaced is tried again."""
    program = tmp_path / "program"
    child = Supervised("child", [str(program)], os.environ)
    child.start()
    await until(lambda: "Process ended name=child status=No such file or directory" in caplog.text)
    draft = tmp_path / "draft"
    draft.write_text("#!/bin/sh\nexec sleep 600\n")
    draft.chmod(0o755)
    draft.rename(program)
    await until(lambda: child.pid is not None)
    await child.stop(10)


async def test_a_child_that_ignores_its_end_is_killed(tmp_path: Path) -> None:
    """SIGKILL follows when the time is over."""
    ready = tmp_path / "ready"
    program = (
        "import pathlib, signal, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "pathlib.Path(sys.argv[1]).touch()\n"
        "time.sleep(600)\n"
    )
    child = Supervised("child", [sys.executable, "-c", program, str(ready)], os.environ)
    child.start()
    await until(ready.exists)
    await child.stop(0.1)
    assert child.pid is None
    assert child._process is not None
    assert child._process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="other systems cannot end a child with its parent")
async def test_children_end_with_a_killed_parent() -> None:
    """The kernel kills a child whose parent was killed, so that no worker stays behind."""
    program = (
        "import asyncio, os, sys\n"
        "from streamsign.cluster.supervisor import Supervised\n"
        "async def main():\n"
        f"    child = Supervised('child', {SLEEP!r}, os.environ)\n"
        "    child.start()\n"
        "    while child.pid is None: await asyncio.sleep(0.01)\n"
        "    print(child.pid, flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    parent.kill()
    await parent.wait()
    await until(lambda: _ended(pid))


def _ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except FileNotFoundError:
        return True

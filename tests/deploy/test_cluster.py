"""deploy/cluster.py: variables, secrets, the cluster's own program, and the end of processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.cluster import TOOL, plan, settings, write_tool
from deploy.compose import ROOT
from streamsign.state.folder import lock


def test_secrets_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    """A second start uses the same passwords; only their owner can read them; what is given is not replaced."""
    first = settings(tmp_path, {})
    assert settings(tmp_path, {}) == first
    assert len(first["STREAMSIGN_NATS_PASSWORD"]) == 48
    assert (tmp_path / "secrets.env").stat().st_mode & 0o077 == 0
    given = settings(tmp_path, {"STREAMSIGN_NATS_PASSWORD": "chosen", "UNRELATED": "x"})
    assert given["STREAMSIGN_NATS_PASSWORD"] == "chosen"
    assert "UNRELATED" not in given
    assert settings(tmp_path, {})["STREAMSIGN_NATS_PASSWORD"] == first["STREAMSIGN_NATS_PASSWORD"]


def test_phones_are_sent_to_the_relay_of_the_cluster(tmp_path: Path) -> None:
    """Without a setting the ICE server is coturn at this computer's address, which the relay listens on."""
    found = settings(tmp_path, {"STREAMSIGN_ADVERTISE_ADDRESS": "192.0.2.7"})
    assert found["STREAMSIGN_ICE_SERVERS"] == "turn:192.0.2.7:3478?transport=udp"
    relay = next(each for each in plan(tmp_path, found) if each.name == "relay")
    assert "--listening-ip=192.0.2.7" in relay.command
    assert f"--static-auth-secret={found['STREAMSIGN_TURN_SECRET']}" in relay.command


def test_the_cluster_s_program_runs_commands_with_its_settings(tmp_path: Path) -> None:
    """It knows the commands of streamsign, and only its owner can read the secrets in it."""
    processes = plan(tmp_path, settings(tmp_path, {}))
    write_tool(tmp_path / TOOL, next(each for each in processes if each.name == "gateway-1"))
    assert (tmp_path / TOOL).stat().st_mode & 0o077 == 0
    done = subprocess.run([tmp_path / TOOL, "link", "--help"], capture_output=True, text=True, check=True)
    assert "--nats" in done.stdout


def test_a_second_cluster_in_the_folder_is_rejected(tmp_path: Path) -> None:
    """It ends with 1 and the next step, and leaves the files of the first one as they are."""
    base = tmp_path / "cluster"
    base.mkdir()
    with (base / "lock").open("w") as held:
        lock(held.fileno())
        command = [sys.executable, "-m", "deploy.cluster", "--folder", str(base)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"A cluster already runs in {base}." in done.stderr
    assert [each.name for each in base.iterdir()] == ["lock"]


def test_a_missing_program_is_named_with_its_command(tmp_path: Path) -> None:
    """On a computer with nothing but Python the start ends with 1 and one line to copy."""
    environment = {"PATH": str(tmp_path), "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    code = "import deploy.processes as p; p.SYSTEM_PATHS = (); from deploy.cluster import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--folder", str(tmp_path / "cluster")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "sudo apt install caddy coturn nats-server prometheus wget" in done.stderr
    assert "grafana is not started" in done.stdout


async def test_what_ends_is_started_again_and_all_end_with_the_supervisor(tmp_path: Path) -> None:
    """A killed process has a successor; SIGINT ends the supervisor with its processes."""
    program = """
import sys
from pathlib import Path
from dataclasses import replace
import asyncio
from deploy.cluster import plan, settings, supervise
base = Path(sys.argv[1])
edge = next(each for each in plan(base, settings(base, {})) if each.name == "edge")
sleeper = replace(edge, command=("sleep", "60"), health=None)
asyncio.run(supervise([sleeper], base))
"""
    supervisor = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(tmp_path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    first = await _number(tmp_path, None)
    os.kill(first, signal.SIGKILL)
    second = await _number(tmp_path, first)
    supervisor.send_signal(signal.SIGINT)
    output, _ = await supervisor.communicate()
    assert supervisor.returncode == 0
    assert b"ended with code -9" in output
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


async def _number(base: Path, former: int | None) -> int:
    """Number of the process that runs, once it is another one than the former."""
    async with asyncio.timeout(30):
        while True:
            await asyncio.sleep(0.05)
            if (base / "processes.json").exists():
                running = json.loads((base / "processes.json").read_text())
                if "edge" in running and running["edge"]["pid"] != former:
                    return int(running["edge"]["pid"])

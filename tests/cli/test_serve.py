"""``streamsign serve`` as its own program."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from streamsign.cli import app
from streamsign.errors import SettingsError, StreamsignError
from streamsign.settings import Settings

SERVE = [sys.executable, "-m", "streamsign", "serve"]
GENEROUS_S = 60
ENVIRONMENT = os.environ | {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}


def _serve(*options: str) -> Result:
    return CliRunner().invoke(app, ["serve", *options], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})


def test_an_unknown_model_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    """An unknown model is an error that names the known ones."""
    ended = _serve("--no-lan", "--port", "0", "--state-dir", str(tmp_path), "--model", "no-such-model")
    assert isinstance(ended.exception, StreamsignError)
    assert "no-such-model" in str(ended.exception)
    assert "celov" in str(ended.exception)


def test_a_taken_port_is_answered_with_the_next_step(tmp_path: Path) -> None:
    """A port that another program uses ends the program with exit code 1 and names the flag to change."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = str(held.getsockname()[1])
        command = [*SERVE, "--no-lan", "--port", port, "--state-dir", str(tmp_path)]
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=GENEROUS_S, env=ENVIRONMENT, check=False
        )
    assert ended.returncode == 1
    assert port in ended.stderr
    assert "--port" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--no-log", "--retention", "3"), "--retention has"),
        (("--no-lan", "--lan-port", "8444"), "--lan-port has"),
        (("--turn-secret", "hush"), "--turn-secret has"),
        (("--hand", "left", "--framing", "frame"), "--hand has"),
    ],
)
def test_flags_that_contradict_each_other_are_refused(options: tuple[str, ...], named: str) -> None:
    """What another setting leaves without effect is named before the server starts, without its value."""
    ended = _serve(*options)
    assert str(ended.exception).startswith(f"{named} no effect: ")
    assert "hush" not in str(ended.exception)


@pytest.mark.parametrize("options", [("--port", "70000"), ("--stall-after-s", "-1"), ("--log-level", "loud")])
def test_a_bad_setting_is_named(options: tuple[str, str]) -> None:
    """A setting outside its range is an error that names the setting."""
    ended = _serve(*options)
    assert isinstance(ended.exception, StreamsignError | SystemExit)
    said = f"{ended.output}{ended.exception}"
    assert options[0].strip("-").replace("-", "_") in said.replace("-", "_")


@pytest.mark.parametrize(
    "options",
    [("--nats", "nats://user:secret@127.0.0.1"), ("--nats-ca", "ca.pem"), ("--nats-credentials", "server.creds")],
)
def test_nats_without_workers_is_an_error(options: tuple[str, str]) -> None:
    """What one process does not use is an error that names the flag and --workers, without its value."""
    ended = _serve("--port", "0", *options)
    assert isinstance(ended.exception, SettingsError)
    assert options[0] in ended.exception.problem
    assert "--workers auto" in ended.exception.next_step
    assert options[1] not in str(ended.exception)


def test_help_shows_the_settings() -> None:
    """Every setting's flag is in the help, with choices, ranges and defaults."""
    shown = _serve("--help")
    assert shown.exit_code == 0
    for name in {*Settings.model_fields, "log"} - {"keep_log"}:
        assert f"--{name.replace('_', '-')} " in shown.stdout
    for said in (
        "default: 8080",
        "0<=x<=65535",
        "raised|largest|left|right",
        "debug|info|warning|error",
        "default: lan",
    ):
        assert said in shown.stdout


async def test_a_signal_ends_it_cleanly_with_a_viewer_open(tmp_path: Path) -> None:
    """SIGTERM ends the server with exit code 0 while a viewer is connected, and closes the viewer's connection."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = await asyncio.create_subprocess_exec(
        *SERVE, "--no-lan", "--port", str(port), "--state-dir", str(tmp_path),
        env=ENVIRONMENT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(GENEROUS_S):
            assert program.stdout is not None
            while str(port) not in (line := await program.stdout.readline()).decode():
                assert line, "the server ended before it showed its address"
            while True:
                try:
                    protocols = [Subprotocol(f"token.{(tmp_path / 'view-token').read_text()}")]
                    viewer = await connect(f"ws://127.0.0.1:{port}/captions/main", subprotocols=protocols)
                    break
                except OSError:  # not listening yet
                    await asyncio.sleep(0.1)
            assert "hello" in str(await viewer.recv())
            program.send_signal(signal.SIGTERM)
            said, _ = await program.communicate()
            await viewer.wait_closed()
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()
    assert program.returncode == 0, said.decode()
    assert b"Traceback" not in said

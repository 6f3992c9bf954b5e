"""What the commands of a cluster have in common."""

from __future__ import annotations

from typer.testing import CliRunner, Result

from streamsign.cli import app
from streamsign.errors import SettingsError

ENVIRONMENT = {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb", "STREAMSIGN_KEEP_LOG": "true"}


def _run(command: str, *options: str) -> Result:
    return CliRunner().invoke(app, [command, *options], env=ENVIRONMENT)


def assert_settings_are_flags(command: str) -> None:
    """The help names NATS, and the settings that only a cluster has."""
    shown = _run(command, "--help").output
    for flag in ("--nats", "--metrics-port", "--drain-s", "--max-sessions"):
        assert flag in shown


def assert_another_address_is_an_error(command: str) -> None:
    """The error names the flag, and does not repeat the address, which may hold a password."""
    address = "http://user:secret@127.0.0.1"
    ended = _run(command, "--nats", address, "--model", "celov", "--port", "0", "--metrics-port", "0")
    assert isinstance(ended.exception, SettingsError)
    assert "--nats" in ended.exception.problem
    assert "secret" not in str(ended.exception)


def assert_workers_are_an_error(command: str) -> None:
    """The flag --workers is an error that names the command that has it."""
    refused = _run(command, "--workers", "2")
    assert isinstance(refused.exception, SettingsError)
    assert "`streamsign serve`" in refused.exception.problem
    assert "--workers" in refused.exception.next_step

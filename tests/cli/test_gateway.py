"""``streamsign gateway``: its help and its errors."""

from __future__ import annotations

from typer.testing import CliRunner, Result

from streamsign.cli import app
from streamsign.errors import SettingsError

ENVIRONMENT = {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb", "STREAMSIGN_KEEP_LOG": "true"}


def _gateway(*options: str) -> Result:
    return CliRunner().invoke(app, ["gateway", *options], env=ENVIRONMENT)


def test_its_settings_are_flags() -> None:
    """The help names NATS, and the settings that only a cluster has."""
    shown = _gateway("--help").output
    for flag in ("--nats", "--metrics-port", "--drain-s", "--max-sessions"):
        assert flag in shown


def test_an_address_that_is_not_one_of_nats_is_an_error() -> None:
    """The error names the flag, and does not repeat the address, which may hold a password."""
    ended = _gateway("--nats", "http://user:secret@127.0.0.1", "--model", "celov", "--port", "0", "--metrics-port", "0")
    assert isinstance(ended.exception, SettingsError)
    assert "--nats" in ended.exception.problem
    assert "secret" not in str(ended.exception)

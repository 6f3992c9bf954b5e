"""cli/options.py: flags made from the settings' fields."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from streamsign.cli.options import given, takes_all_settings
from streamsign.recognition.framing import Framing
from streamsign.recognition.runtime import Runtime
from streamsign.settings import Settings, read_settings


def _given(*arguments: str) -> dict[str, object]:
    """What a command with every setting as a flag is given."""
    reported: dict[str, object] = {}

    @takes_all_settings
    def command(ctx: typer.Context, **options: object) -> None:
        assert set(options) == set(Settings.model_fields)
        reported.update(given(ctx))

    app = typer.Typer()
    app.command()(command)
    ran = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return reported


def test_only_what_was_given_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flags that are left out leave the variable and the default; one that repeats the default still counts."""
    assert _given() == {}
    monkeypatch.setenv("STREAMSIGN_PORT", "9000")
    assert read_settings(**_given()).port == 9000
    assert read_settings(**_given("--port", "8080")).port == 8080


def test_every_kind_of_setting_has_a_flag() -> None:
    """Switches, choices, paths, numbers, secrets and lists reach the settings with their own types."""
    flags = (
        "--no-lan",
        "--framing",
        "box",
        "--runtime",
        "ai-edge-litert",
        "--models",
        "mine",
        "--stall-after-s",
        "1.5",
    )
    settings = read_settings(
        **_given(*flags, "--stall-after-s", "1.5", "--view-token", "hush", "--ice-servers", "stun:a.org:1,stun:b.org:2")
    )
    assert (settings.lan, settings.framing, settings.runtime) == (False, Framing.BOX, Runtime.AI_EDGE_LITERT)
    assert (settings.models, settings.stall_after_s) == (Path("mine"), 1.5)
    assert settings.view_token is not None
    assert settings.view_token.get_secret_value() == "hush"
    assert settings.ice_servers == ("stun:a.org:1", "stun:b.org:2")


def test_some_flags_are_given_more_than_once() -> None:
    """--source and --room can be given in any number of pairs."""
    flags = ("--source", "http://192.0.2.1/a", "--room", "left", "--source", "http://192.0.2.1/b", "--room", "right")
    settings = read_settings(**_given(*flags))
    assert settings.sources == [("http://192.0.2.1/a", "left"), ("http://192.0.2.1/b", "right")]


def test_a_parameter_that_only_shares_a_name_is_not_a_setting() -> None:
    """The SOURCE of a command and a room to play in are not the settings of these names."""
    reported: dict[str, object] = {}
    app = typer.Typer()

    @app.command()
    def command(ctx: typer.Context, source: str, room: str = typer.Option("main", help="Room to play in.")) -> None:
        reported.update(given(ctx), seen=(source, room))

    ran = CliRunner().invoke(app, ["demo", "--room", "left"], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    assert reported == {"seen": ("demo", "left")}


@pytest.mark.parametrize(("flag", "value"), [("--workers", "0"), ("--workers", "-1"), ("--cores", "0")])
def test_a_number_without_a_meaning_is_a_wrong_use(flag: str, value: str) -> None:
    """The command ends with status 2, and its error names the flag."""

    @takes_all_settings
    def command(ctx: typer.Context, **options: object) -> None:
        given(ctx)

    app = typer.Typer()
    app.command()(command)
    ran = CliRunner().invoke(app, [flag, value])
    assert ran.exit_code == 2
    assert f"'{flag}'" in ran.output

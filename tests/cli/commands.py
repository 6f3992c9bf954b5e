"""Runs commands as the shell does, within the test's process."""

from __future__ import annotations

from typer.testing import CliRunner

from streamsign.cli import app


def run(*arguments: object, width: int = 80) -> str:
    """Standard output of a command that succeeds; its errors are raised as they are."""
    ran = CliRunner().invoke(
        app, [str(each) for each in arguments], env={"COLUMNS": str(width), "NO_COLOR": "1"}, catch_exceptions=False
    )
    assert ran.exit_code == 0, ran.output
    return ran.stdout

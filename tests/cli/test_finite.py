"""cli/finite.py on the options that take it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from streamsign.cli import app


@pytest.mark.parametrize("arguments", [["demo", "L", "--letters-per-s"], ["train", ".", "--rate"]])
@pytest.mark.parametrize("value", ["nan", "inf"])
def test_an_option_that_is_not_finite_is_a_usage_error(arguments: list[str], value: str) -> None:
    """No command starts with a number that is infinite or none."""
    result = CliRunner().invoke(app, [*arguments, value])
    assert result.exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["demo", "L", "--yaw"],
        ["caption", "demo", "--word-pause"],
        ["link", "view", "--days"],
        ["collect", "--from"],
    ],
)
def test_nan_is_reported_as_no_number(arguments: list[str]) -> None:
    """It is not too large; a number that is too large is reported as that."""
    assert "nan is not a number" in CliRunner().invoke(app, [*arguments, "nan"]).output
    assert "not a number" not in CliRunner().invoke(app, [*arguments, "-400"]).output

"""Numbers on the command line. Ranges accept ``nan``, which compares with nothing, or report it as too large."""

from __future__ import annotations

import math
from typing import Any

import typer
from typer.core import TyperCommand


def finite(value: float | None) -> float | None:
    """Callback of an option that takes a finite number.

    Raises:
        BadParameter: the number is infinite or NaN.
    """
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number. Pass a number such as 1.5.")
    return value


class NumberCommand(TyperCommand):
    """A command that reports ``nan`` as what it is, where the range of its option would say that it is too large."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line.

        Raises:
            BadParameter: a value cannot be used.
        """
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            if _is_nan(error.__cause__):
                error.message = "nan is not a number. Pass a number such as 1.5."
            raise


def _is_nan(cause: BaseException | None) -> bool:
    """Whether a value was refused that is ``nan``."""
    from pydantic import ValidationError  # here: `streamsign --help` needs none

    if not isinstance(cause, ValidationError):
        return False
    refused = cause.errors(include_url=False)[0]["input"]
    return isinstance(refused, str) and refused.strip().lstrip("+-").lower() == "nan"

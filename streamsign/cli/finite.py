"""Numbers on the command line. Click's ranges accept ``nan``, because it compares with nothing."""

from __future__ import annotations

import math

import typer


def finite(value: float | None) -> float | None:
    """Callback of an option that takes a finite number.

    Raises:
        BadParameter: the number is infinite or NaN.
    """
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number. Pass a number such as 1.5.")
    return value

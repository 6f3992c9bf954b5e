"""Films that a ``manifest.csv`` beside them lists, a film a row."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from streamsign.errors import TrainingError

FILM_LIST = "manifest.csv"


def listed_films(folder: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Rows of a folder's list of films.

    Args:
        folder: holds manifest.csv and the films.
        columns: every row has these; there may be others.

    Raises:
        TrainingError: the list cannot be read, or a row lacks a column.
    """
    path = folder / FILM_LIST
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as error:
        raise TrainingError(
            f"{path} cannot be read ({error.strerror}).", f"Give a folder that holds {FILM_LIST} and its films."
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise TrainingError(
            f"{path} is not a table: {error}.", "Save it as comma-separated values in UTF-8."
        ) from error
    for number, row in enumerate(rows, start=2):
        if absent := [name for name in columns if row.get(name) is None]:
            raise TrainingError(
                f"{path}, row {number}: no {', '.join(absent)}.", f"Add the columns {', '.join(columns)} to every row."
            )
    return rows


def repetitions(row: Mapping[str, str], place: str) -> list[tuple[float, float]]:
    """When the letter of a row is signed: start and end of each time, seconds from the start of its film.

    Args:
        row: its column repetitions has ``start-end``, separated by ``;``, as in ``0.30-0.70;1.20-1.60``.
        place: the row in words, which begins errors.

    Raises:
        TrainingError: a repetition is not a start and a later end.
    """
    next_step = "Write start-end in seconds, separated by ;, as 0.30-0.70;1.20-1.60."
    found = []
    for each in filter(None, row["repetitions"].split(";")):
        try:
            start_s, end_s = map(float, each.split("-"))
            if not (0 <= start_s < math.inf and 0 <= end_s < math.inf):
                raise ValueError("a time is negative or not finite")
        except ValueError as error:
            raise TrainingError(f"{place}: the repetition '{each}' is not a start and an end.", next_step) from error
        if end_s <= start_s:
            when = "before" if end_s < start_s else "when"
            raise TrainingError(f"{place}: the repetition '{each}' ends {when} it starts.", next_step)
        found.append((start_s, end_s))
    return found

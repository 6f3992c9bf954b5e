"""What is kept of the simulated runs, and the file that docs/scale.md is written from."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from benchmarks.scale.scenario import HOUR_S, Scenario
from benchmarks.scale.simulate import simulate
from benchmarks.scale.tally import Tally, quantiles
from streamsign.errors import StreamsignError

FILE = Path(__file__).with_name("simulated.json")

Quantiles = tuple[float, float, float]
Group = Literal["placement", "sizes", "failures", "day"]
_DIGITS = 4


class Outcome(BaseModel):
    """One run. Quantiles are p50, p95 and p99 in seconds; None if it did not happen.

    Attributes:
        group: table of the document.
        scenario: what was simulated.
        offers: offers in the time in which figures are taken.
        refused: share of them that were answered 503.
        begins_s: offer → media.
        reconnects_s: loss of the worker → media.
        near: share of the workers within 20 % of the mean load; the median and the worst minute.
        highest: highest load of a worker over the mean; the median and the worst minute.
        busiest: most offers that a worker got within a second.
        most_live: most cameras at a time.
        hourly_live: the same in each hour.
        letters: letters that people signed.
        unread: of them, signed while the camera had no worker.
        late: of them, stored late because NATS had no leader.
        late_s: how late.
        moved: cameras that changed to another worker without a break.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: Group
    scenario: Scenario
    offers: int
    refused: float
    begins_s: Quantiles | None
    reconnects_s: Quantiles | None
    near: tuple[float, float]
    highest: tuple[float, float]
    busiest: int
    most_live: int
    hourly_live: list[int]
    letters: int
    unread: int
    late: int
    late_s: Quantiles | None
    moved: int


class Simulated(BaseModel):
    """All runs with their seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int
    outcomes: list[Outcome]


def outcome_of(group: Group, scenario: Scenario, tally: Tally) -> Outcome:
    """The figures that are kept, rounded to four digits after the point."""
    near, highest = [each.near for each in tally.spreads], [each.highest for each in tally.spreads]
    return Outcome(
        group=group,
        scenario=scenario,
        offers=round(tally.counted["offers"]),
        refused=round(tally.refused, 6),
        begins_s=_rounded(tally.quantiles_s("begin")),
        reconnects_s=_rounded(tally.quantiles_s("crash", "machine", "drain")),
        near=(_median(near), round(min(near), _DIGITS)),
        highest=(_median(highest), round(max(highest), _DIGITS)),
        busiest=tally.busiest,
        most_live=tally.most_live,
        hourly_live=[tally.hourly_live[hour] for hour in range(round(scenario.lasts_s / HOUR_S))],
        letters=round(tally.counted["letters"]),
        unread=round(tally.counted["letters_unread"]),
        late=round(tally.counted["letters_late"]),
        late_s=_rounded(quantiles(tally.letters_late_s)),
        moved=round(tally.counted["moved"]),
    )


def simulated(groups: Iterable[tuple[Group, Scenario]], seed: int) -> Simulated:
    """Simulate scenarios one after another, each with the same seed."""
    return Simulated(seed=seed, outcomes=[outcome_of(group, each, simulate(each, seed)) for group, each in groups])


def write_simulated(made: Simulated, path: Path = FILE) -> None:
    """Write the runs as JSON."""
    path.write_text(made.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_simulated(path: Path = FILE) -> Simulated:
    """Read what :func:`write_simulated` wrote.

    Raises:
        StreamsignError: the file does not exist, or is of an earlier version.
    """
    try:
        return Simulated.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StreamsignError(f"{path} does not hold simulated runs.", "Run `streamsign bench scale`.") from error


def _rounded(values: Quantiles | None) -> Quantiles | None:
    if values is None:
        return None
    p50, p95, p99 = (round(value, _DIGITS) for value in values)
    return p50, p95, p99


def _median(values: list[float]) -> float:
    return round(sorted(values)[len(values) // 2], _DIGITS)

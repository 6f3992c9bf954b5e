"""Writes docs/scale.md: the model, the simulated runs and the limits, from the measured figures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.report import figure
from benchmarks.scale.costs import Costs, Reading, read_costs
from benchmarks.scale.demand import Demand
from benchmarks.scale.limits import limits
from benchmarks.scale.measured import RESULTS, Measurements
from benchmarks.scale.model import kept_a_s, moments_a_s, needs
from benchmarks.scale.outcome import FILE, Outcome, Quantiles, Simulated, simulated, write_simulated
from benchmarks.scale.scenario import BURST_S
from benchmarks.scale.scenarios import CELL_ROOMS, LESSONS, MILLION, SEED, Scenarios, cell_sizes
from streamsign.errors import StreamsignError

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "scale.md"
READING: Reading = "auto"
ROOMS = (100, 1_000, CELL_ROOMS, 100_000, MILLION)

_TEMPLATE = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # noqa: S701 - Markdown from our own figures
).get_template("scale.template.md")


@dataclass(frozen=True, slots=True)
class Size:
    """A row of the table of sizes: several equal cells together."""

    rooms: int
    cells: int
    workers: int
    gateways: int
    broker: float
    relays: float
    cores: int
    relay_gb_s: float
    stored: float
    moments: float
    announced: float


def write_scale(results: Path = RESULTS, out: Path = DOCUMENT, runs: Path = FILE) -> None:
    """Simulate, and write the runs and the document.

    Args:
        results: folder of the measured figures.
        out: the document.
        runs: the file of the simulated runs.

    Raises:
        StreamsignError: a figure was not measured, or a file cannot be written.
    """
    measurements, demand = Measurements.read(results), Demand()
    made = simulated(Scenarios(demand, read_costs(measurements), READING).all(), SEED)
    try:
        write_simulated(made, runs)
        out.write_text(document(measurements, demand, made), encoding="utf-8")
    except OSError as error:
        raise StreamsignError(
            f"The document cannot be written to {out} ({error.strerror}).", "Give --out a file in an existing folder."
        ) from error


def document(measurements: Measurements, demand: Demand, made: Simulated) -> str:
    """The document's text."""
    costs = read_costs(measurements)
    one, sizes = needs(CELL_ROOMS, demand, costs, READING), cell_sizes(MILLION, MILLION // CELL_ROOMS, SEED)
    if one is None:
        raise StreamsignError(f"No number of gateways serves a cell of {CELL_ROOMS} rooms.", "Make CELL_ROOMS smaller.")
    outcomes: dict[str, list[Outcome]] = {}
    for each in made.outcomes:
        outcomes.setdefault(each.group, []).append(each)
    (day,) = outcomes["day"]
    scenarios, used = Scenarios(demand, costs, READING), list(measurements.used.values())
    places = scenarios.places
    following = sum(math.ceil(live / demand.utilization / places) for live in day.hourly_live)
    return _TEMPLATE.render(
        machine=used[0].machine,
        demand=[
            {"name": name, "value": figure(getattr(demand, name)), "meaning": field.description}
            for name, field in Demand.model_fields.items()
        ],
        values=demand,
        measured=used,
        loads={name: report.machine.get("load", "?") for name, report in measurements.reports.items()},
        costs=costs,
        streams_a_core=costs.streams_a_core,
        sessions=places,
        reading=READING,
        one=one,
        cell=CELL_ROOMS,
        partial_share=moments_a_s(demand) / (moments_a_s(demand) + kept_a_s(demand)),
        viewers_a_gateway=math.floor(CELL_ROOMS * demand.viewers_a_room / one.gateways),
        machine_words=_machines(one.cores, demand),
        sizes=list(_sizes(demand, costs)),
        million_cells=len(sizes),
        fullest=sizes[-1] * len(sizes) / MILLION,
        seed=made.seed,
        base=day.scenario,
        outcomes=outcomes,
        lessons=LESSONS,
        burst_s=round(BURST_S),
        day=day,
        fixed_hours=24 * day.scenario.workers,
        following_hours=following,
        limits=limits(demand, costs, READING),
        figure=figure,
        thousands=thousands,
        percent=percent,
        seconds=seconds,
    )


def _sizes(demand: Demand, costs: Costs) -> Iterator[Size]:
    """Each number of rooms in the fewest cells; their last one is as full as the others."""
    for rooms in ROOMS:
        cells = math.ceil(rooms / CELL_ROOMS)
        each = needs(rooms // cells, demand, costs, READING)
        if each is not None:
            yield Size(
                rooms,
                cells,
                cells * each.workers,
                cells * each.gateways,
                cells * each.broker_cores,
                cells * each.relay_cores,
                cells * each.cores,
                cells * each.relay_mb_s / 1000,
                cells * each.stored_a_s,
                cells * each.moments_a_s,
                cells * each.announced_a_s,
            )


def _machines(cores: int, demand: Demand) -> str:
    machines = math.ceil(cores / demand.machine_cores)
    return f"A full cell takes {machines} machines of {demand.machine_cores} cores."


def thousands(value: float) -> str:
    """A whole number with commas."""
    return f"{value:,.0f}"


def percent(share: float) -> str:
    """A share in percent, to two digits after the point where it is small."""
    return f"{100 * share:.0f} %" if share == 0 or share >= 0.1 else f"{100 * share:.2g} %"


def seconds(values: Quantiles | None) -> str:
    """Three quantiles in seconds; a dash when it did not happen."""
    return "–" if values is None else ", ".join(f"{each:.2f}" for each in values) + " s"

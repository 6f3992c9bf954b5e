"""Tests of benchmarks/scale/page.py."""

from __future__ import annotations

import pytest

from benchmarks.scale.costs import read_costs
from benchmarks.scale.demand import Demand
from benchmarks.scale.measured import Measurements
from benchmarks.scale.outcome import outcome_of, read_simulated, simulated
from benchmarks.scale.page import DOCUMENT, READING, document, percent, seconds, thousands
from benchmarks.scale.scenarios import Scenarios
from benchmarks.scale.simulate import simulate

REFRESH = "run `streamsign bench scale`"


def test_the_document_is_not_stale() -> None:
    """docs/scale.md is the text that the command writes from benchmarks/results and the stored runs, to the letter."""
    assert document(Measurements.read(), Demand(), read_simulated()) == DOCUMENT.read_text(encoding="utf-8"), REFRESH


def test_the_stored_runs_are_of_the_measured_figures() -> None:
    """Each stored run has the scenario that the committed figures give now."""
    wanted = list(Scenarios(Demand(), read_costs(Measurements.read()), READING).all())
    stored = [(each.group, each.scenario) for each in read_simulated().outcomes]
    assert stored == wanted, REFRESH


def test_the_stored_runs_are_of_this_simulation() -> None:
    """The runs of at most a thousand rooms give the stored figures again."""
    stored = read_simulated()
    small = [each for each in stored.outcomes if each.scenario.rooms <= 1000]
    assert len(small) == 2
    for each in small:
        assert outcome_of(each.group, each.scenario, simulate(each.scenario, stored.seed)) == each, REFRESH


@pytest.mark.slow
def test_all_stored_runs_are_of_this_simulation() -> None:
    """Every run, the day and 100,000 rooms among them, gives the stored figures again."""
    stored = read_simulated()
    assert simulated([(each.group, each.scenario) for each in stored.outcomes], stored.seed) == stored, REFRESH


def test_a_changed_figure_is_noticed() -> None:
    """With another measured figure the document is another one."""
    measurements = Measurements.read()
    report = measurements.reports["broker"]
    rows = [each.model_copy(update={"p50": 2 * each.p50}) for each in report.rows]
    changed = Measurements({**measurements.reports, "broker": report.model_copy(update={"rows": rows})})
    assert document(changed, Demand(), read_simulated()) != DOCUMENT.read_text(encoding="utf-8")


def test_figures_in_words() -> None:
    """Thousands have commas, shares are percents with the digits that matter, missing times a dash."""
    assert thousands(1234567.4) == "1,234,567"
    assert [percent(share) for share in (0, 0.001, 0.0345, 0.5)] == ["0 %", "0.1 %", "3.5 %", "50 %"]
    assert seconds(None) == "–"
    assert seconds((1.0, 2.0, 3.456)) == "1.00, 2.00, 3.46 s"

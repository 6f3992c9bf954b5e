"""deploy/prometheus: configurations, recording rules and alerts, checked by promtool."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.deploy.metric_names import RULES, known, named, rules
from tests.deploy.promtool import promtool

UNIT_TESTS = ROOT / "tests/deploy/rules_test.yml"
FOLDER = ROOT / "deploy/prometheus"


def test_promtool_accepts_the_rules() -> None:
    """Every expression parses and every template of an annotation is valid."""
    done = promtool("check", "rules", RULES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules('record')) + len(rules('alert'))} rules found" in done.stdout


@pytest.mark.parametrize("name", ["prometheus.yml", "cluster.yml"])
def test_promtool_accepts_the_configurations(name: str, tmp_path: Path) -> None:
    """Both configurations load with the rules and the token that the compose file puts beside them."""
    for file in (FOLDER / name, RULES):
        (tmp_path / file.name).write_text(file.read_text("utf-8"), encoding="utf-8")
    (tmp_path / "view-token").write_text("token", encoding="utf-8")
    done = promtool("check", "config", tmp_path / name)
    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_fire_and_stay_silent() -> None:
    """Promtool plays each alert's series: it fires with these labels and texts, and not before its time."""
    done = promtool("test", "rules", UNIT_TESTS)
    assert done.returncode == 0, done.stdout + done.stderr


def _unit_tests() -> list[dict[str, Any]]:
    groups = yaml.safe_load(UNIT_TESTS.read_text("utf-8"))["tests"]
    return [each for group in groups for each in group.get("alert_rule_test", ())]


def test_every_alert_has_a_test_of_both_states() -> None:
    """The unit tests hold, of each alert, a time at which it fires and one at which it does not."""
    names = {rule["alert"] for rule in rules("alert")}
    assert len(names) > 10
    assert {each["alertname"] for each in _unit_tests() if each.get("exp_alerts")} == names
    assert {each["alertname"] for each in _unit_tests() if not each.get("exp_alerts")} == names


def test_rules_name_only_metrics_that_exist() -> None:
    """Every metric of every expression is exposed by the program or recorded by a rule."""
    expressions = [rule["expr"] for rule in (*rules("record"), *rules("alert"))]
    read = set().union(*map(named, expressions))
    assert len(read) > 15
    assert read - known() == set()


def test_every_alert_says_what_to_do() -> None:
    """Each alert has a severity, one summary and one action."""
    for rule in rules("alert"):
        assert rule["labels"]["severity"] in ("info", "warning", "critical"), rule
        assert all(re.fullmatch(r'"?[^"]+\.', rule["annotations"][kind]) for kind in ("summary", "action")), rule

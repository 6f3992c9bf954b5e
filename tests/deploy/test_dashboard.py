"""deploy/dashboard.py: the Grafana dashboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.compose import compose
from deploy.dashboard import COLUMNS, FILE, SOURCE, dashboard, text
from tests.conftest import ROOT
from tests.deploy.metric_names import known, named
from tests.deploy.promtool import promtool

PROVISIONING = ROOT / "deploy/grafana/provisioning"
PANELS: list[dict[str, Any]] = [panel for panel in dashboard()["panels"] if panel["type"] != "row"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]


def test_the_file_is_what_the_program_writes() -> None:
    """The committed dashboard is not older than its source (`python deploy/dashboard.py` writes it)."""
    assert FILE.read_text("utf-8") == text()


def test_promtool_parses_every_query(tmp_path: Path) -> None:
    """Each query, with a value for the variable, is valid PromQL."""
    rules = [
        {"record": f"panel:{number}", "expr": query.replace("$job", "streamsign")}
        for number, query in enumerate(QUERIES)
    ]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}), encoding="utf-8")
    done = promtool("check", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(QUERIES)} rules found" in done.stdout


@pytest.mark.parametrize("query", QUERIES)
def test_queries_name_only_metrics_that_exist(query: str) -> None:
    """Every metric of a query is exposed by the program, recorded by a rule, or made by Prometheus."""
    read = named(query)
    assert read or "up{" in query or "ALERTS{" in query
    assert read - known() == set()


def test_panels_do_not_overlap() -> None:
    """Each cell of the grid belongs to one panel, and none is outside of its columns."""
    cells: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= COLUMNS, panel["title"]
        own = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not own & cells, panel["title"]
        cells |= own


def test_grafana_finds_source_and_dashboard() -> None:
    """The provisioned data source is the one the panels name; the dashboards' folder is the one compose mounts."""
    [source] = yaml.safe_load((PROVISIONING / "datasources/prometheus.yml").read_text("utf-8"))["datasources"]
    assert {"type": source["type"], "uid": source["uid"]} == SOURCE
    [provider] = yaml.safe_load((PROVISIONING / "dashboards/streamsign.yml").read_text("utf-8"))["providers"]
    grafana = compose({})["services"]["grafana"]
    mounted = dict(volume.split(":")[1::-1] for volume in grafana["volumes"])
    variable = provider["options"]["path"].removeprefix("$")
    assert ROOT / mounted[grafana["environment"][variable]] == FILE.parent
    assert ROOT / mounted[grafana["environment"]["GF_PATHS_PROVISIONING"]] == PROVISIONING

"""docs/reference/metrics.md: the metrics that the program exposes."""

from __future__ import annotations

import re

from prometheus_client.parser import text_string_to_metric_families

from streamsign.server.metrics.collector import MEASURED
from tests.conftest import ROOT
from tests.deploy.metric_names import eventful

PAGE = (ROOT / "docs/reference/metrics.md").read_text(encoding="utf-8")


def test_every_metric_is_documented_with_its_labels() -> None:
    """The table holds each exposed metric and no other, each with the labels of its samples."""
    metrics = eventful()
    exposed = {}
    for family in text_string_to_metric_families(metrics.exposition().decode()):
        if family.name.startswith("streamsign_") and not family.name.endswith("_created"):
            name = f"{family.name}_total" if family.type == "counter" else family.name
            exposed[name] = {label for sample in family.samples for label in sample.labels} - {"le"}
    rows = re.findall(r"^\| `(\w+)` \|([^|]*)\|", PAGE, re.MULTILINE)
    assert {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows} == exposed


def test_every_stage_is_documented() -> None:
    """The page names each value of the label `stage`."""
    assert [name for name in MEASURED if f"`{name}`" not in PAGE] == []

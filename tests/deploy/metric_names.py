"""Names of metrics in PromQL expressions, and in what the program exposes."""

from __future__ import annotations

import re
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

from streamsign.server.metrics.collector import ClusterHealth, Metrics
from tests.conftest import ROOT

RULES = ROOT / "deploy/prometheus/rules.yml"
_NAME = re.compile(r"(?<![\w:$])(?:streamsign|process|python)[a-z0-9_:]+")


def named(expression: str) -> set[str]:
    """Metrics of the program, and of recording rules, that an expression reads; strings are not looked at."""
    return set(_NAME.findall(re.sub(r'"[^"]*"', '""', expression)))


def rules(kind: str) -> list[dict[str, Any]]:
    """The rules of deploy/prometheus/rules.yml that are of a kind: "record" or "alert"."""
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"] if kind in rule]


def eventful() -> Metrics:
    """The metrics of a process in a cluster once every event has happened."""
    metrics = Metrics()
    metrics.requests.labels("GET", "/", 200).inc()
    metrics.websockets_closed.labels("1000").inc()
    metrics.cluster = lambda: ClusterHealth(
        True, 0, offers={"open": 1}, workers_ended={"gone": 1}, sessions_begun={"again": 1}
    )
    return metrics


def exposed() -> set[str]:
    """Names of the samples that the program exposes once every event has happened."""
    metrics = eventful()
    families = text_string_to_metric_families(metrics.exposition().decode())
    return {sample.name for family in families for sample in family.samples}


def known() -> set[str]:
    """What an expression may read: exposed samples and recorded series."""
    return exposed() | {rule["record"] for rule in rules("record")}

"""Writes the Grafana dashboard, deploy/grafana/dashboards/streamsign.json.

python deploy/dashboard.py
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("grafana") / "dashboards" / "streamsign.json"

SOURCE = {"type": "prometheus", "uid": "prometheus"}
"""The data source that deploy/grafana/provisioning/datasources sets up."""

COLUMNS, HEIGHT = 24, 8
"""Grafana's grid is 24 columns wide."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One graph, or one number where ``kind`` is "stat".

    Attributes:
        title: its heading.
        queries: legend and PromQL expression of each line.
        unit: Grafana's name of the unit.
        note: what it shows, for the panel's description.
        kind: Grafana's name of the kind of panel.
        width: columns.
    """

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str
    note: str
    kind: str = "timeseries"
    width: int = 12


JOB = 'job=~"$job"'

ROWS: tuple[tuple[str, tuple[Panel, ...]], ...] = (
    (
        "Now",
        (
            Panel("Processes", (("", f"sum(up{{{JOB}}})"),), "none", "Processes that answer.", "stat", 4),
            Panel("Cameras", (("", f"sum(streamsign_sessions{{{JOB}}})"),), "none", "Connected.", "stat", 4),
            Panel("Viewers", (("", f"sum(streamsign_viewers{{{JOB}}})"),), "none", "Connected.", "stat", 4),
            Panel(
                "Places in use",
                (("", f"max(streamsign:cameras:used_share{{{JOB}}})"),),
                "percentunit",
                "Cameras connected, as a share of those that may connect.",
                "stat",
                4,
            ),
            Panel(
                "Letters a minute", (("", f"60 * sum(streamsign:letters:rate5m{{{JOB}}})"),), "none", "Read.", "stat", 4
            ),
            Panel(
                "Alerts",
                (("", 'count(ALERTS{alertname=~"Streamsign.*", alertstate="firing"}) or vector(0)'),),
                "none",
                "Alerts that fire.",
                "stat",
                4,
            ),
        ),
    ),
    (
        "Letters",
        (
            Panel(
                "From decoded frame to published result",
                tuple(
                    (f"p{percent} {{{{job}}}}", f'streamsign:stage_seconds:p{percent}{{stage="total", {JOB}}}')
                    for percent in (50, 95, 99)
                ),
                "s",
                "Time that reading a frame takes, in the process that reads it.",
            ),
            Panel(
                "Stages, p95",
                (("{{stage}}", f"max by (stage) (streamsign:stage_seconds:p95{{{JOB}}})"),),
                "s",
                "The stages of a frame and a letter from the camera to the viewer's screen.",
            ),
            Panel(
                "From published letter to viewer",
                tuple(
                    (f"p{percent} {{{{job}}}}", f'streamsign:stage_seconds:p{percent}{{stage="send", {JOB}}}')
                    for percent in (50, 95, 99)
                ),
                "s",
                "Time until the letter is written to a viewer's connection.",
            ),
            Panel(
                "Letters read",
                (("{{job}}", f"streamsign:letters:rate5m{{{JOB}}}"),),
                "cps",
                "Letters a second, over five minutes.",
            ),
        ),
    ),
    (
        "Cameras",
        (
            Panel(
                "Cameras of each process",
                (("{{instance}}", f"sum by (instance) (streamsign_sessions{{{JOB}}})"),),
                "none",
                "How evenly cameras are spread.",
            ),
            Panel(
                "Cameras by state",
                (("{{state}}", f"sum by (state) (streamsign_cameras{{{JOB}}})"),),
                "none",
                "Connecting, live, and stalled.",
            ),
            Panel(
                "Frames",
                (
                    ("read", f"sum(streamsign:frames:rate5m{{{JOB}}})"),
                    ("replaced", f"sum(rate(streamsign_frames_replaced_total{{{JOB}}}[5m]))"),
                ),
                "cps",
                "Frames a second that are read, and frames that a newer one replaced.",
            ),
            Panel(
                "Readings by network",
                (("{{network}}", f"sum by (network) (rate(streamsign_reads_total{{{JOB}}}[5m]))"),),
                "cps",
                "Frames with a hand that the classifier (small) and the reader (large) read.",
            ),
            Panel(
                "Cameras without the reader",
                (("{{instance}}", f"streamsign_small_network_share{{{JOB}}}"),),
                "percentunit",
                "Share of the cameras that read with the classifier alone because of the load.",
            ),
            Panel(
                "Answers to offers",
                (
                    (
                        "{{status}}",
                        f'sum by (status) (rate(streamsign_requests_total{{route="/whip", method="POST", {JOB}}}[5m]))',
                    ),
                ),
                "cps",
                "201 is a new session, 503 a full or busy server.",
            ),
        ),
    ),
    (
        "Processes",
        (
            Panel(
                "Processor",
                (("{{instance}}", f"rate(process_cpu_seconds_total{{{JOB}}}[5m])"),),
                "none",
                "Cores in use.",
            ),
            Panel(
                "Memory", (("{{instance}}", f"process_resident_memory_bytes{{{JOB}}}"),), "bytes", "Resident memory."
            ),
            Panel(
                "Requests by status",
                (("{{status}}", f"sum by (status) (rate(streamsign_requests_total{{{JOB}}}[5m]))"),),
                "reqps",
                "Answers a second.",
            ),
            Panel(
                "Connected to NATS",
                (("{{instance}}", f"streamsign_nats_connected{{{JOB}}}"),),
                "none",
                "1 while a gateway or worker is connected.",
            ),
            Panel(
                "Captions that wait for NATS",
                (("{{instance}}", f"streamsign_captions_waiting{{{JOB}}}"),),
                "none",
                "Changes that NATS has not stored yet.",
            ),
            Panel(
                "Sessions begun",
                (("{{how}}", f"sum by (how) (increase(streamsign_sessions_begun_total{{{JOB}}}[5m]))"),),
                "none",
                "In 5 minutes: new cameras, those that moved from a draining worker, and those that connected again.",
            ),
            Panel(
                "Offers to workers",
                (("{{answer}}", f"sum by (answer) (increase(streamsign_offers_total{{{JOB}}}[5m]))"),),
                "none",
                "In 5 minutes, by the workers' answers. One offer may be sent several times.",
            ),
            Panel(
                "Workers that ended",
                (("{{how}}", f"max by (how) (increase(streamsign_workers_ended_total{{{JOB}}}[5m]))"),),
                "none",
                "In 5 minutes: drained, or gone without notice.",
            ),
            Panel(
                "Websockets closed",
                (("{{code}}", f"sum by (code) (rate(streamsign_websockets_closed_total{{{JOB}}}[5m]))"),),
                "cps",
                "By close code: 1000 and 1001 are ordinary, 44xx are limits.",
            ),
        ),
    ),
)
"""The rows of the dashboard with their panels."""


def dashboard() -> dict[str, Any]:
    """The dashboard in Grafana's JSON model."""
    panels: list[dict[str, Any]] = []
    y = 0
    for title, row in ROWS:
        panels.append(_placed({"type": "row", "title": title, "collapsed": False, "panels": []}, 0, y, COLUMNS, 1))
        y, x = y + 1, 0
        for panel in row:
            if x + panel.width > COLUMNS:
                x, y = 0, y + HEIGHT
            panels.append(_placed(_model(panel), x, y, panel.width, HEIGHT))
            x += panel.width
        y += HEIGHT
    for number, each in enumerate(panels, start=1):
        each["id"] = number
    return {
        "uid": "streamsign",
        "title": "streamsign",
        "tags": ["streamsign"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "timezone": "browser",
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [_job_variable()]},
        "annotations": {"list": []},
        "panels": panels,
    }


def _placed(panel: dict[str, Any], x: int, y: int, width: int, height: int) -> dict[str, Any]:
    return {**panel, "gridPos": {"x": x, "y": y, "w": width, "h": height}}


def _model(panel: Panel) -> dict[str, Any]:
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.note,
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + number), "datasource": SOURCE, "expr": expression, "legendFormat": legend}
            for number, (legend, expression) in enumerate(panel.queries)
        ],
    }


def _job_variable() -> dict[str, Any]:
    query = 'label_values(up{job=~"streamsign.*"}, job)'
    return {
        "name": "job",
        "label": "Job",
        "type": "query",
        "datasource": SOURCE,
        "definition": query,
        "query": {"query": query, "refId": "job"},
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
    }


def text() -> str:
    """The dashboard as the file has it."""
    return json.dumps(dashboard(), indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")

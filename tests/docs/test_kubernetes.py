"""docs/how-to/kubernetes.md: what its manifests name exists in the program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from streamsign import __version__
from streamsign.cli import COMMANDS
from streamsign.settings import Settings, read_settings
from tests.conftest import ROOT

PAGE = (ROOT / "docs/how-to/kubernetes.md").read_text(encoding="utf-8")
MANIFESTS: list[dict[str, Any]] = [
    yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
]
PODS = [manifest["spec"]["template"]["spec"] for manifest in MANIFESTS if "template" in manifest.get("spec", {})]


def _containers() -> Iterator[dict[str, Any]]:
    for pod in PODS:
        yield from pod["containers"]


def test_commands_settings_and_image_exist() -> None:
    """Each container runs a command of the present release with variables that are settings of it."""
    known = {f"STREAMSIGN_{name.upper()}" for name in Settings.model_fields}
    commands = [container["args"] for container in _containers()]
    assert commands == [["worker"], ["gateway"]]
    assert {command for [command] in commands} <= set(COMMANDS)
    for container in _containers():
        assert container["image"] == f"streamsign:{__version__}"
        assert {variable["name"] for variable in container["env"]} <= known


def test_ports_and_probes_are_the_program_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Probes ask the port that the variables set; the headless service and Prometheus use the worker's."""
    for container in _containers():
        for variable in container["env"]:
            monkeypatch.setenv(variable["name"], variable.get("value", ""))
        settings = read_settings(state_dir=tmp_path)
        [port] = container["ports"]
        own = settings.metrics_port if container["args"] == ["worker"] else settings.port
        assert port["containerPort"] == own
        assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": port["name"]}
        assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": port["name"]}
        assert container["securityContext"]["runAsUser"] == 10001
    [service] = [manifest for manifest in MANIFESTS if manifest.get("kind") == "Service"]
    [scraped] = [manifest["scrape_configs"][0] for manifest in MANIFESTS if "scrape_configs" in manifest]
    assert service["spec"]["ports"][0]["port"] == scraped["dns_sd_configs"][0]["port"] == 9101
    assert service["spec"]["clusterIP"] == "None"


def test_a_worker_has_time_to_drain(tmp_path: Path) -> None:
    """Kubernetes kills a worker only after its cameras had time to move."""
    worker = PODS[0]
    assert worker["hostNetwork"]
    assert worker["terminationGracePeriodSeconds"] > read_settings(state_dir=tmp_path).drain_s


def test_files_are_written_only_where_a_volume_is() -> None:
    """The root file system is read-only, and /tmp and the state folder are volumes."""
    for container in _containers():
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/tmp", "/state"}  # noqa: S108

"""deploy/processes.py: services of the compose file as processes."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from deploy.compose import ROOT, compose, in_profile
from deploy.processes import Process, missing, missing_tools, process

VARIABLES = {
    "STREAMSIGN_NATS_PASSWORD": "0123",
    "STREAMSIGN_VIEW_TOKEN": "shown-to-gateways",
    "STREAMSIGN_ADVERTISE_ADDRESS": "192.0.2.7",
    "STREAMSIGN_TURN_SECRET": "shared",
}
SERVICES: dict[str, dict[str, Any]] = in_profile(compose(VARIABLES)["services"], "cluster")


@pytest.fixture
def processes(tmp_path: Path) -> dict[str, Process]:
    """Each service of the profile as a process."""
    given = {"view_token": VARIABLES["STREAMSIGN_VIEW_TOKEN"]}
    return {name: process(name, service, given, tmp_path) for name, service in SERVICES.items()}


def test_all_that_the_issue_names_is_started(processes: dict[str, Process]) -> None:
    """Two gateways, two workers, NATS, the relay, Prometheus, Grafana and the edge; NATS is the first of its users."""
    assert set(processes) == {
        "nats", "gateway-1", "gateway-2", "worker-1", "worker-2", "relay", "cluster-prometheus", "grafana", "edge",
    }  # fmt: skip
    order = list(processes)
    assert all(order.index("nats") < order.index(name) for name in order if name.startswith(("gateway", "worker")))
    assert processes["gateway-1"].waits_for == ("nats",)


def test_files_of_a_container_are_where_its_process_looks(processes: dict[str, Process]) -> None:
    """Paths in the command lead to the repository's file, to a volume, to an own folder, and to the secret's value."""
    prometheus = processes["cluster-prometheus"]
    flags = dict(word.split("=", 1) for word in prometheus.command if "=" in word)
    config = Path(flags["--config.file"])
    assert config.resolve() == ROOT / "deploy/prometheus/cluster.yml"
    assert config.with_name("rules.yml").resolve() == ROOT / "deploy/prometheus/rules.yml"
    assert config.with_name("view-token").read_text() == VARIABLES["STREAMSIGN_VIEW_TOKEN"]
    assert config.with_name("view-token").stat().st_mode & 0o077 == 0
    assert Path(flags["--storage.tsdb.path"]).is_dir()
    assert flags["--web.listen-address"] == "127.0.0.1:9090"
    state = {name: processes[name].environment["STREAMSIGN_STATE_DIR"] for name in ("gateway-1", "gateway-2")}
    assert len(set(state.values())) == 2
    assert all(Path(folder).is_dir() for folder in state.values())


def test_a_process_has_the_command_and_environment_of_its_service(processes: dict[str, Process]) -> None:
    """The program's own are run with this Python, others by their names, with nothing of the shell's settings."""
    gateway = processes["gateway-1"]
    assert gateway.command == (sys.executable, "-m", "streamsign", "gateway")
    assert gateway.environment["STREAMSIGN_NATS"] == "nats://streamsign:0123@127.0.0.1:4222"
    assert gateway.environment["STREAMSIGN_PUBLIC_URL"] == "https://192.0.2.7:8443"
    own = {name for name in gateway.environment if name.startswith("STREAMSIGN_")}
    assert own == set(SERVICES["gateway-1"]["environment"])
    assert processes["edge"].command[:2] == ("caddy", "run")
    assert processes["nats"].command[:2] == ("/bin/sh", "-c")
    assert "nats-server" in processes["nats"].command[2]
    assert gateway.grace_s == 60


def test_health_is_asked_as_the_container_is(processes: dict[str, Process]) -> None:
    """The image's own check runs with this Python; others are those of the compose file."""
    gateway, nats, relay = (processes[name].health for name in ("gateway-1", "nats", "relay"))
    assert gateway is not None
    assert gateway.command[:2] == (sys.executable, "-c")
    assert "/readyz" in gateway.command[2]
    assert nats is not None
    assert nats.command[0] == "wget"
    assert relay is not None
    assert relay.command[:2] == ("/bin/sh", "-c")
    assert all(each.health is not None for each in processes.values())


def test_health_is_asked_with_this_python_in_a_checkout_below_tmp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path of this Python is not taken for one in the container's temporary folder."""
    here = "/tmp/checkout/.venv/bin/python"  # noqa: S108 - nothing is written there
    monkeypatch.setattr(sys, "executable", here)
    worker = process("worker-1", SERVICES["worker-1"], {}, tmp_path)
    assert worker.health is not None
    assert worker.health.command[0] == here


def test_what_is_missing_is_named_with_its_package(
    processes: dict[str, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a computer without any of the programs each names its Debian package; Grafana says that there is none."""
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    lacking = missing(list(processes.values()))
    packages = {name: program.package for name, program in lacking.items()}
    assert packages == {
        "nats": "nats-server", "relay": "coturn", "cluster-prometheus": "prometheus", "edge": "caddy", "grafana": None,
        "gateway-1": None, "gateway-2": None, "worker-1": None, "worker-2": None,
    }  # fmt: skip
    assert lacking["nats"].advice == "sudo apt install nats-server"
    assert lacking["grafana"].optional
    assert missing_tools(list(processes.values())) == {"wget": "wget", "turnutils_stunclient": "coturn"}


def test_a_second_plan_keeps_volumes_and_empties_temporary_folders(tmp_path: Path) -> None:
    """As with containers that are made again: the log stays, the state of a gateway goes."""
    first = process("nats", SERVICES["nats"], {}, tmp_path)
    (first.folder / "data" / "kept").write_text("log")
    gateway = process("gateway-1", SERVICES["gateway-1"], {}, tmp_path)
    (gateway.folder / "state" / "left").write_text("state")
    assert (process("nats", SERVICES["nats"], {}, tmp_path).folder / "data" / "kept").read_text() == "log"
    assert list((process("gateway-1", SERVICES["gateway-1"], {}, tmp_path).folder / "state").iterdir()) == []

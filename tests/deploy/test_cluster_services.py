"""The profile `cluster` of the compose file: its parts name each other, the program, and flags that exist."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.compose import ROOT, compose, in_profile
from streamsign.cli import COMMANDS
from streamsign.settings import Settings, read_settings
from tests.conftest import missing

VARIABLES = {
    "STREAMSIGN_NATS_PASSWORD": "0123",
    "STREAMSIGN_ADVERTISE_ADDRESS": "192.0.2.7",
    "STREAMSIGN_TURN_SECRET": "shared",
}
SERVICES: dict[str, dict[str, Any]] = in_profile(compose(VARIABLES)["services"], "cluster")
OWN = {name: service for name, service in SERVICES.items() if "build" in service}


def _flags(name: str) -> dict[str, str]:
    words = (word.lstrip("-").partition("=") for word in SERVICES[name]["command"] if word.startswith("--"))
    return {flag: value for flag, _, value in words}


def _ports(kind: str, variable: str) -> list[int]:
    return [int(each["environment"][variable]) for name, each in OWN.items() if name.startswith(kind)]


def test_the_single_machine_is_the_default() -> None:
    """Without a variable only the service starts; with the profile and STREAMSIGN_SINGLE=0 it does not."""
    services = compose({})["services"]
    assert [name for name, service in services.items() if not service.get("profiles")] == ["streamsign"]
    assert services["streamsign"]["scale"] == 1
    assert compose({"STREAMSIGN_SINGLE": "0"})["services"]["streamsign"]["scale"] == 0


def test_every_service_has_limits_and_a_health_check() -> None:
    """Memory and processes are limited, no privilege can be gained, and each is asked whether it is ready."""
    for name, service in SERVICES.items():
        assert service["mem_limit"], name
        assert service["pids_limit"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "healthcheck" in service or "build" in service, name
        assert service["network_mode"] == "host", name


@pytest.mark.parametrize("name", OWN)
def test_commands_and_variables_are_the_program_s(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each process runs a command that exists, and every variable is a setting whose value the program accepts."""
    service = OWN[name]
    assert service["command"][0] in COMMANDS
    assert service["command"][1:] == []
    known = {f"STREAMSIGN_{field.upper()}" for field in Settings.model_fields}
    assert set(service["environment"]) == known
    for variable, value in service["environment"].items():
        monkeypatch.setenv(variable, value)
    settings = read_settings()
    assert settings.nats is not None
    assert settings.nats.get_secret_value() == f"nats://streamsign:0123@127.0.0.1:{_flags('nats')['port']}"
    assert settings.public_url == "https://192.0.2.7:8443"
    assert not settings.lan
    assert settings.drain_s < float(service["stop_grace_period"].rstrip("s"))


def test_prometheus_and_edge_name_the_ports_of_gateways_and_workers() -> None:
    """Scraped targets, Caddy's and nginx's upstreams are the ports that the services listen on."""
    gateways, workers = _ports("gateway", "STREAMSIGN_PORT"), _ports("worker", "STREAMSIGN_METRICS_PORT")
    assert len(set(gateways)) == len(set(workers)) == 2
    scraped = {
        job["job_name"]: job["static_configs"][0]["targets"]
        for job in yaml.safe_load((ROOT / "deploy/prometheus/cluster.yml").read_text("utf-8"))["scrape_configs"]
    }
    assert scraped == {
        "streamsign-gateway": [f"localhost:{port}" for port in gateways],
        "streamsign-worker": [f"localhost:{port}" for port in workers],
    }
    caddy = (ROOT / "deploy/Caddyfile").read_text("utf-8")
    assert f"reverse_proxy {' '.join(f'127.0.0.1:{port}' for port in gateways)} {{" in caddy
    assert "health_uri /readyz" in caddy
    nginx = (ROOT / "docs/examples/proxy/nginx-cluster.conf").read_text("utf-8")
    assert [int(port) for port in re.findall(r"server 127\.0\.0\.1:(\d+)", nginx)] == gateways


def test_health_checks_ask_addresses_that_the_services_listen_on() -> None:
    """NATS, Prometheus, Grafana and Caddy are asked at the port of their own command, variable or configuration."""
    asked = {
        name: " ".join(service["healthcheck"]["test"]) for name, service in SERVICES.items() if "healthcheck" in service
    }
    assert f"127.0.0.1:{_flags('nats')['http_port']}/" in asked["nats"]
    assert f"//{_flags('cluster-prometheus')['web.listen-address']}/" in asked["cluster-prometheus"]
    assert f":{SERVICES['grafana']['environment']['GF_SERVER_HTTP_PORT']}/" in asked["grafana"]
    address = re.search(r"http://127\.0\.0\.1:\d+", asked["edge"])
    assert address is not None
    assert f"{address[0]} {{" in (ROOT / "deploy/Caddyfile").read_text("utf-8")
    assert f"-p {_flags('relay')['listening-port']} " in asked["relay"]
    for name in ("worker-1", "worker-2"):
        assert "STREAMSIGN_METRICS_PORT" in asked[name]
        assert "/readyz" in asked[name]


HELP = {
    "nats": ["nats-server", "--help"],
    "relay": ["turnserver", "--help"],
    "cluster-prometheus": ["prometheus", "--help"],
    "edge": ["caddy", "run", "--help"],
}


@pytest.mark.parametrize("name", HELP)
def test_flags_exist(name: str) -> None:
    """Every flag of a command is in the help of the real program."""
    program, *rest = HELP[name]
    found = shutil.which(program) or shutil.which(f"/usr/sbin/{program}")
    if found is None:
        missing(f"{program} is not installed")
    done = subprocess.run([found, *rest], capture_output=True, text=True, check=False)
    described = set(re.findall(r"--?([a-z][\w.-]*)", done.stdout + done.stderr))
    used = {word.lstrip("-").partition("=")[0] for word in SERVICES[name]["command"] if word.startswith("-")}
    assert used
    assert used - described == set()


def test_mounted_files_exist() -> None:
    """Each bind mount of the profile is a file or folder of the repository."""
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert not source.startswith(".") or (ROOT / source).exists(), source


def test_the_image_is_built_in_two_stages_without_root() -> None:
    """The last stage copies the environment from the first, which alone has what builds, and runs as a user."""
    stages = re.split(r"^FROM ", (Path(ROOT) / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)[1:]
    assert len(stages) == 2
    assert "slim" in stages[1].splitlines()[0]
    assert "pip install" not in stages[1]
    assert re.search(r"^USER streamsign$", stages[1], re.MULTILINE)
    assert re.search(r"^HEALTHCHECK ", stages[1], re.MULTILINE)

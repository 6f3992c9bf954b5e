"""Dockerfile, compose file and what lies beside them: everything they name exists in the program."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from deploy.compose import ROOT, compose, variables
from streamsign import __version__
from streamsign.cli import app as cli
from streamsign.server.app import create_app
from streamsign.settings import Settings, read_settings

SET = {"STREAMSIGN_ADVERTISE_ADDRESS": "192.0.2.7", "STREAMSIGN_TURN_SECRET": "secret"}
COMPOSE_ONLY = {
    "STREAMSIGN_GRAFANA_PASSWORD",
    "STREAMSIGN_NATS_PASSWORD",
    "STREAMSIGN_SINGLE",
    "STREAMSIGN_TURN_EXTERNAL_ADDRESS",
}
"""Variables that containers other than the program's are made from."""


def _dockerfile(instruction: str) -> list[str]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(rf"^{instruction}\s+(.+)$", text, re.MULTILINE)


@pytest.mark.parametrize("set_variables", [{}, SET])
def test_compose_file_is_valid(set_variables: dict[str, str]) -> None:
    """With and without variables it meets the Compose Specification (its schema, Apache-2.0, from dclint 3.1.0)."""
    schema = json.loads((ROOT / "tests/deploy/compose-spec.json").read_text())
    import jsonschema  # takes two seconds, which every process would spend that collects the tests

    jsonschema.Draft7Validator(schema).validate(compose(set_variables))


def test_every_variable_is_a_setting() -> None:
    """What the compose file, its example and its README name is a field of Settings, and the other way round."""
    known = {f"STREAMSIGN_{name.upper()}" for name in Settings.model_fields}
    assert variables() - COMPOSE_ONLY <= known
    assert set(compose(SET)["services"]["streamsign"]["environment"]) <= known
    for file in ("env.example", "README.md"):
        named = set(re.findall(r"STREAMSIGN_[A-Z_]*[A-Z]", (ROOT / "deploy" / file).read_text(encoding="utf-8")))
        assert named <= variables(), file


def test_every_setting_is_passed() -> None:
    """Each setting reaches the container from .env, but for the state folder, which is the volume."""
    wanted = {f"STREAMSIGN_{name.upper()}" for name in Settings.model_fields} - {"STREAMSIGN_STATE_DIR"}
    given = {name: f"value of {name}" for name in wanted}
    assert compose(given)["services"]["streamsign"]["environment"] == given


def test_unset_variables_mean_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """The empty strings that Compose passes for unset variables are as if nothing was given."""
    for name, value in compose({})["services"]["streamsign"]["environment"].items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert (settings.model, settings.advertise_address, settings.turn_secret) == ("alphabet", None, None)
    assert settings.log_json


def test_ports_paths_and_commands_exist(tmp_path: Path) -> None:
    """Exposed ports are the defaults, health check and scraping ask for routes there are, and the command is known."""
    settings = read_settings(state_dir=tmp_path)
    assert _dockerfile("EXPOSE") == [f"{settings.port} {settings.lan_port}"]
    paths = create_app(settings).openapi()["paths"]
    [health] = _dockerfile("HEALTHCHECK")
    assert re.findall(r"STREAMSIGN_PORT'\) or (\d+)\}(/\w+)", health) == [(str(settings.port), "/readyz")]
    assert "/readyz" in paths
    [job] = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    assert job["metrics_path"] in paths
    assert job["static_configs"] == [{"targets": [f"localhost:{settings.port}"]}]
    [entry], [command] = _dockerfile("ENTRYPOINT"), _dockerfile("CMD")
    assert json.loads(entry) == ["streamsign"]
    assert json.loads(command)[0] in get_command(cli).commands  # type: ignore[attr-defined]


def test_image_holds_what_it_copies_and_runs_without_root() -> None:
    """Each copied path exists and is let through by .dockerignore; the user is not root; the tag is the version."""
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {path for line in _dockerfile("COPY") if "--from" not in line for path in shlex.split(line)[:-1]}
    assert all((ROOT / path).exists() for path in copied)
    assert copied == let_through
    assert _dockerfile("USER") == ["streamsign"]
    assert _dockerfile("VOLUME") == ["/state"]
    services: dict[str, Any] = compose({})["services"]
    assert services["streamsign"]["image"] == f"streamsign:{__version__}"


@pytest.mark.parametrize(("given", "code"), [({}, 64), (SET, 0)])
def test_relay_without_a_secret_says_what_to_set(given: dict[str, str], code: int) -> None:
    """The relay's start refuses to run open to all, and names the variables."""
    relay = compose(given)["services"]["relay"]
    shell, *rest = relay["entrypoint"]
    harmless = [part.replace("exec turnserver", "exec true") for part in rest]
    done = subprocess.run(
        [shell, *harmless, *relay["command"]], env=relay["environment"], capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert ("STREAMSIGN_TURN_SECRET" in done.stderr) == (code != 0)

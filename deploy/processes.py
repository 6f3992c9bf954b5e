"""Services of the compose file as plain processes of this computer.

A container sees its own file tree. Here each service has a folder with the same layout: its bind mounts and volumes are
links, its temporary file systems are folders, its secrets are files. Paths in its command and its environment are
replaced by those in this folder, so that command, environment and configuration files are the compose file's own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.compose import ROOT
from streamsign.state.private import write_private

SYSTEM_PATHS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where Debian puts servers; a user's PATH often lacks them."""


@dataclass(frozen=True, slots=True)
class Program:
    """What an image runs.

    Attributes:
        command: how the program is started without a container, before the service's own command.
        package: Debian package that holds it; None if Debian has none.
        advice: what to do if it is not installed.
        optional: whether the other services work without it.
    """

    command: tuple[str, ...]
    package: str | None
    advice: str
    optional: bool = False


def _debian(binary: str, package: str) -> Program:
    return Program((binary,), package, f"sudo apt install {package}")


PROGRAMS = {
    "streamsign": Program((sys.executable, "-m", "streamsign"), None, "make install"),
    "nats": _debian("nats-server", "nats-server"),
    "coturn/coturn": _debian("turnserver", "coturn"),
    "prom/prometheus": _debian("prometheus", "prometheus"),
    "caddy": _debian("caddy", "caddy"),
    "grafana/grafana": Program(
        ("grafana", "server", "--homepath=/usr/share/grafana"),
        None,
        "Debian has no package for it: https://grafana.com/docs/grafana/latest/setup-grafana/installation/debian/",
        optional=True,
    ),
}
"""The programs of the compose file's images, by the image's name without its tag."""

TOOLS = {"wget": "wget", "turnutils_stunclient": "coturn"}
"""Programs that health checks run, and their Debian packages."""


@dataclass(frozen=True, slots=True)
class Health:
    """The health check of a service: a command that exits with 0 if it is ready; interval and timeout in seconds."""

    command: tuple[str, ...]
    interval_s: float
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Process:
    """One service as a process.

    Attributes:
        name: name of the service.
        program: what it runs.
        command: the program and all its arguments.
        environment: the complete environment.
        folder: its file tree, and its working directory.
        health: its health check; None without one.
        waits_for: services that must be ready before it starts.
        restart: the compose file's policy: "unless-stopped", or "on-failure:N".
        grace_s: seconds from SIGTERM to SIGKILL.
    """

    name: str
    program: Program
    command: tuple[str, ...]
    environment: dict[str, str]
    folder: Path
    health: Health | None
    waits_for: tuple[str, ...]
    restart: str
    grace_s: float


def search_path() -> str:
    """PATH with the folders of servers."""
    return os.pathsep.join([os.environ.get("PATH", "/usr/bin:/bin"), *SYSTEM_PATHS])


def missing(processes: list[Process]) -> dict[str, Program]:
    """Services whose program is not installed."""
    return {
        each.name: each.program
        for each in processes
        if shutil.which(each.program.command[0], path=search_path()) is None
    }


def missing_tools(processes: list[Process]) -> dict[str, str]:
    """Programs of health checks that are not installed, with their Debian packages."""
    words = {word for each in processes if each.health for part in each.health.command for word in part.split()}
    return {
        tool: package
        for tool, package in TOOLS.items()
        if tool in words and shutil.which(tool, path=search_path()) is None
    }


def process(name: str, service: Mapping[str, Any], secrets: Mapping[str, str], base: Path) -> Process:
    """The process of a service; its folder is made in ``base``.

    Args:
        name: the service's name.
        service: the service, with variables replaced.
        secrets: values of the compose file's secrets, by their names.
        base: folder for file trees and volumes.

    Raises:
        KeyError: the service's image is not in :data:`PROGRAMS`.
    """
    image = re.sub(r"[:@].*", "", service["image"])
    program = PROGRAMS[image]
    folder = base / "services" / name
    places = _file_tree(folder, service, secrets, base / "volumes")

    def here(word: object) -> str:
        start, equals, value = str(word).rpartition("=")
        inside = any(value == place or value.startswith(f"{place}/") for place in places)
        return f"{start}{equals}{folder}{value}" if inside else str(word)

    own = [here(word) for word in service.get("command", ())]
    before = service.get("entrypoint") or program.command
    if not service.get("entrypoint") and own[:1] == [program.command[0]]:  # an image without an entry point
        own = own[1:]
    inherited = {name: os.environ[name] for name in ("LANG", "PYTHONPATH", "VIRTUAL_ENV") if name in os.environ}
    return Process(
        name=name,
        program=program,
        command=(*before, *own),
        environment={
            **inherited,
            "PATH": search_path(),
            "HOME": str(folder),
            "PYTHONUNBUFFERED": "1",
            **{key: here(value) for key, value in service.get("environment", {}).items()},
        },
        folder=folder,
        health=_health(service, sys.executable),
        waits_for=tuple(service.get("depends_on", ())),
        restart=service.get("restart", "no"),
        grace_s=_seconds(service.get("stop_grace_period", "10s")),
    )


def _file_tree(folder: Path, service: Mapping[str, Any], secrets: Mapping[str, str], volumes: Path) -> set[str]:
    """Make a service's file tree; the container's paths that lie in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    places = set()
    for mount in service.get("tmpfs", ()):
        places.add(place := mount.partition(":")[0])
        (folder / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
    for volume in service.get("volumes", ()):
        source, place = volume.split(":")[:2]
        real = ROOT / source if source.startswith(".") else volumes / source
        if not source.startswith("."):
            real.mkdir(parents=True, exist_ok=True)
        places.add(place)
        link = folder / place.lstrip("/")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(real.resolve())
    for secret in service.get("secrets", ()):
        places.add(place := secret["target"])
        write_private(folder / place.lstrip("/"), secrets[secret["source"]].encode())
    return places


def _health(service: Mapping[str, Any], python: str) -> Health | None:
    """The health check of the service, or of our own image's Dockerfile."""
    check = service.get("healthcheck")
    if check is None and "build" in service:
        check = _image_health()
    if check is None:
        return None
    kind, *words = check["test"]
    command = ("/bin/sh", "-c", *words) if kind == "CMD-SHELL" else tuple(words)
    return Health(
        (python, *command[1:]) if command[0] == "python" else command,
        _seconds(check["interval"]),
        _seconds(check["timeout"]),
    )


def _image_health() -> dict[str, Any]:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.search(r"^HEALTHCHECK --interval=(\S+) --timeout=(\S+) .*?CMD (\[.*\])$", text, re.MULTILINE)
    if found is None:
        raise ValueError("The Dockerfile has no HEALTHCHECK in the form that deploy/processes.py reads.")
    return {"interval": found[1], "timeout": found[2], "test": ["CMD", *json.loads(found[3])]}


def _seconds(duration: str) -> float:
    """Seconds of a duration such as 90s, 5m or 1m30s."""
    units = {"h": 3600.0, "m": 60.0, "s": 1.0}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([\d.]+)([hms])", duration))

"""Reads docker-compose.yml as Compose does, with some variables set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "docker-compose.yml"
_INNERMOST = re.compile(r"\$\{(\w+)(?::-([^${}]*))?\}")
_SINGLE = re.compile(r"(?<!\$)\$\{(\w+)")


def compose(variables: Mapping[str, str]) -> dict[str, Any]:
    """docker-compose.yml with its variables replaced (``${NAME}`` and ``${NAME:-default}``, nested).

    Compose gives ``scale`` the type integer after the replacement, and so does this.
    """
    read: dict[str, Any] = _replaced(yaml.safe_load(FILE.read_text("utf-8")), variables)
    for service in read["services"].values():
        if "scale" in service:
            service["scale"] = int(service["scale"])
    return read


def _replaced(node: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _replaced(value, variables) for key, value in node.items()}
    if isinstance(node, list):
        return [_replaced(value, variables) for value in node]
    if not isinstance(node, str):
        return node
    while _INNERMOST.search(node):
        node = _INNERMOST.sub(lambda found: variables.get(found[1]) or found[2] or "", node)
    return node.replace("$$", "$")


def variables() -> set[str]:
    """Every variable that the compose file uses."""
    return set(_SINGLE.findall(FILE.read_text(encoding="utf-8")))


def in_profile(services: Mapping[str, dict[str, Any]], profile: str) -> dict[str, dict[str, Any]]:
    """The services that are started for a profile and belong to it, those that others depend on first."""
    wanted = {name: service for name, service in services.items() if profile in service.get("profiles", ())}
    ordered: dict[str, dict[str, Any]] = {}

    def add(name: str) -> None:
        if name not in ordered:
            for before in wanted[name].get("depends_on", ()):
                add(before)
            ordered[name] = wanted[name]

    for name in wanted:
        add(name)
    return ordered

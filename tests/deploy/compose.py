"""The compose file as Compose would see it with some variables set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
_INNERMOST = re.compile(r"\$\{(\w+)(?::-([^${}]*))?\}")


def compose(variables: Mapping[str, str]) -> dict[str, Any]:
    """docker-compose.yml with its variables replaced (``${NAME}`` and ``${NAME:-default}``, nested)."""
    read: dict[str, Any] = _replaced(yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8")), variables)
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
    """Every variable the compose file asks for."""
    return set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))

"""CONTRIBUTING.md: its layers are those of the contract that `make check` holds."""

from __future__ import annotations

import re
import tomllib

from tests.conftest import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
[CONTRACT] = PROJECT["tool"]["importlinter"]["contracts"]
LAYERS = [[part.strip().removeprefix("streamsign.") for part in layer.split("|")] for layer in CONTRACT["layers"]]


def test_the_drawing_of_the_layers_is_the_contract() -> None:
    """The block under "Layers" has the contract's layers from top to bottom, and the same parts in each."""
    found = re.search(r"## Layers\n.*?```\n(.*?)```", TEXT, re.DOTALL)
    assert found is not None
    assert [line.split() for line in found[1].splitlines()] == LAYERS


def test_every_part_is_in_the_contract() -> None:
    """A package or module that is added to streamsign is given a layer; the face and `python -m` stand above all."""
    package = ROOT / "streamsign"
    parts = {path.stem for path in package.glob("*.py")} | {path.parent.name for path in package.glob("*/__init__.py")}
    named = {part for layer in LAYERS for part in layer}
    assert parts - {"__init__", "__main__"} == named - {"benchmarks"}

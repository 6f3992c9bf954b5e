"""CONTRIBUTING.md: its layers are those that `make check` verifies, its dependencies those of pyproject.toml."""

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


def test_every_dependency_has_its_reason() -> None:
    """The second column of the table names each dependency of pyproject.toml, and nothing else."""
    project = PROJECT["project"]
    wanted = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    table = TEXT[TEXT.index("| job | library |") :].partition("\n\n")[0]
    cells = [row.split("|")[2] for row in table.splitlines()[2:]]
    named = {re.sub(r"\(.*?\)", "", name).strip() for cell in cells for name in cell.split(",")}
    assert named == {re.split(r"[<>=;\[ ]", each)[0] for each in wanted}

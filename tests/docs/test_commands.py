"""The documents' commands: every one that is named exists, with its flags."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from streamsign.cli import COMMANDS, load
from tests.conftest import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "deploy").glob("*.md"))]
SHELL = ("", "sh", "ini")
"""Languages of the blocks that hold commands."""
_FENCED = re.compile(r"^[ ]*```(\w*)\n(.*?)^[ ]*```", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"(?:^|[\s/])streamsign (?!streamsign)([a-z][a-z-]*)((?: [^|#&;]*)?)")


def _named(document: Path) -> list[tuple[str, set[str]]]:
    """Commands of streamsign, with their long flags."""
    text = document.read_text(encoding="utf-8")
    blocks = [code.replace("\\\n", " ") for language, code in _FENCED.findall(text) if language in SHELL]
    lines = [line for block in blocks for line in block.splitlines()]
    for paragraph in _FENCED.sub("", text).split("\n\n"):
        lines += [code.replace("\n", " ") for code in paragraph.split("`")[1::2]]
    found = [each for line in lines for each in _COMMAND.finditer(line)]
    return [(each[1], set(re.findall(r"(?<!\S)--[a-z][a-z-]*", each[2]))) for each in found]


def _flags(command: Any) -> set[str]:
    """Long flags of a command, and of the commands within it."""
    own = {flag for option in command.params for flag in (*option.opts, *option.secondary_opts)}
    return own.union(*(_flags(each) for each in getattr(command, "commands", {}).values()))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_and_flag_exists(document: Path) -> None:
    """A reader who types what a document says is not answered with a usage error."""
    for name, flags in _named(document):
        assert name in COMMANDS, f"streamsign {name}"
        assert flags - {"--help"} <= _flags(load(name)), f"streamsign {name}"

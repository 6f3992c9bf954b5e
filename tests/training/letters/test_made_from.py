"""training/letters/made_from.py: the files of a card's commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from streamsign.training.letters.made_from import made_from
from tests.conftest import ROOT

CARDS = [*sorted((ROOT / "models").glob("*/CARD.md")), *sorted((ROOT / "models").glob("*/READER.md"))]


def test_every_file_is_said_to_be_missing_with_its_command() -> None:
    """Files of the command, of the note and of other files' commands are listed; one without a command says so."""
    text = made_from(
        {
            "command": "streamsign train DATA --weights runs/b.npz --cleaning runs/left-out.json",
            "note": "Begun from runs/c-12.npz.",
            "files": {"runs/b.npz": "streamsign train DATA --weights runs/a.npz --seed 1"},
        }
    )
    assert "not part of this repository either" in text
    assert "| `runs/b.npz` | `streamsign train DATA --weights runs/a.npz --seed 1` |" in text
    assert "| `runs/a.npz` | a command that was not recorded |" in text
    assert "| `runs/c-12.npz` | a command that was not recorded |" in text
    assert "| `runs/left-out.json` | a training with `--cleaning`" in text


def test_without_such_files_only_the_pictures_are_named() -> None:
    """A training from random weights needs nothing else."""
    text = made_from({"command": "streamsign train DATA"})
    assert text == "`DATA` is the folder of the pictures, which is not part of this repository.\n"


@pytest.mark.parametrize("card", CARDS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_shipped_cards_name_the_command_of_every_checkpoint(card: Path) -> None:
    """A reader of a card can make each file that its commands read, and knows for whom the model is worse."""
    text = card.read_text(encoding="utf-8")
    for name in set(re.findall(r"runs/[\w.-]*npz", text)):
        assert f"| `{name}` | `streamsign train DATA " in text
    assert "## For whom it is worse" in text

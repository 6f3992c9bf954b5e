"""README.md: its figures are those of the shipped models' cards, and its Python runs as printed."""

from __future__ import annotations

import asyncio
import os
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest

from streamsign.demo.video import write_mp4
from streamsign.recognition.events import Commit
from streamsign.recognition.model import load_model
from tests.conftest import ROOT
from tests.films import rendered
from tests.server.conftest import Running, running

__all__ = ["running"]  # the fixture

README = (ROOT / "README.md").read_text(encoding="utf-8")
WATCHING, READING = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("model", ["celov", "alphabet"])
def test_its_accuracies_are_the_cards(model: str) -> None:
    """A model that is trained again changes its card; the README must follow."""
    card = (ROOT / "models" / model / "CARD.md").read_text(encoding="utf-8")
    found = re.search(r"\| accuracy, mean over signer groups \| ([\d.]+) % \(([\d.]+) % to ([\d.]+) %\)", card)
    assert found is not None
    assert f"{found[1]} % ({found[2]}–{found[3]})" in README


def test_each_use_takes_five_lines_at_most() -> None:
    """Call, OBS, learning, film, own program and training are short enough to choose from at a glance."""
    section = README.partition("## Pick your use\n")[2].partition("\n## ")[0]
    uses = [part.strip() for part in section.split("\n\n") if part.strip().startswith("**")]
    assert len(uses) == 6
    assert [use for use in uses if len(use.splitlines()) > 5] == []
    assert [line for use in uses for line in use.splitlines() if len(line) > 125] == []


def test_it_says_which_letters_the_default_model_reads() -> None:
    """The table and the card name all letters from A to Z."""
    letters = load_model("alphabet").info.alphabet
    assert letters == list(string.ascii_uppercase)
    row = re.search(r"^\| `alphabet` .*$", README, re.MULTILINE)
    assert row is not None
    assert f"{len(letters)} letters:" in row[0]
    card = (ROOT / "models" / "alphabet" / "CARD.md").read_text(encoding="utf-8")
    assert f"It reads {len(letters)} letters:" in card
    assert "It does not read" not in card


async def test_its_client_prints_the_letters_of_a_room(running: Running, tmp_path: Path) -> None:
    """The first program, given the test server's port, prints each letter, the text so far and the certainty."""
    program = tmp_path / "letters.py"
    assert "http://127.0.0.1:8080" in WATCHING
    program.write_text(WATCHING.replace("http://127.0.0.1:8080", running.url))
    room = await running.server.rooms.get("main")
    room.publish_letter("a", Commit("L", 0.9, room.clock(), room.clock()))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(program),
        stdout=asyncio.subprocess.PIPE,
        cwd=tmp_path,
        env=os.environ | {"STREAMSIGN_STATE_DIR": str(running.server.settings.state_dir), "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), 60)
    finally:
        process.terminate()
        await process.wait()
    assert re.fullmatch(r"L L 90%\n", line.decode())


def test_its_recognizer_reads_a_film_as_caption_does(tmp_path: Path) -> None:
    """The second program reads clip.mp4 of its folder: two words, in the brightness that the decoder gives."""
    (tmp_path / "letters.py").write_text(READING)
    write_mp4(tmp_path / "clip.mp4", rendered("LO CO", seed=3, fps=15, width=320, height=240))
    programs = (["letters.py"], ["-m", "streamsign", "caption", "clip.mp4"])
    own, captioned = (
        subprocess.run(
            [sys.executable, *program],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout
        for program in programs
    )
    texts = [line.rpartition(" ")[0] for line in own.splitlines()]
    assert texts == ["L", "LO", "LO C", "LO CO"]
    assert captioned.split() == ["LO", "CO"]

"""cli/evaluate.py: the tables and the JSON file."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from streamsign.errors import ModelNotFound, SettingsError, TrainingError
from tests.cli.commands import run
from tests.training.pictures import write_pictures


def test_prints_tables_and_writes_json(tmp_path: Path) -> None:
    """The figures are shown to the person and written to the file, with the split and crop they belong to."""
    root = write_pictures(tmp_path, "CO", {"test": 2})
    shown = run("evaluate", root / "hands", "--json", tmp_path / "figures.json")
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert (figures["images"], figures["split"], figures["crop"]) == (4, "test", "oracle")
    assert "accuracy, mean over signers" in shown
    assert "drawn (pooled)" in shown
    assert figures["groups"]["size"]["80 and more"]["images"] == 4
    assert figures["groups"]["size"]["80 and more"]["found"] is None
    assert "Pictures of its letters by group" in " ".join(shown.split())


def test_page_shows_the_mistakes_and_warns(tmp_path: Path) -> None:
    """The local page holds the patches and says so; the terminal says it too."""
    root = write_pictures(tmp_path, "COELV", {"test": 2})
    shown = run("evaluate", root / "hands", "--html", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "data:image/png;base64," in page
    assert "do not publish it" in page
    assert "your own eyes" in " ".join(shown.split())


def test_names_the_splits_that_are_there(tmp_path: Path) -> None:
    """A split without pictures gives empty figures and a list of the splits."""
    root = write_pictures(tmp_path, "C", {"test": 1, "val": 1})
    shown = run("evaluate", root / "hands", "--split", "exam", "--json", tmp_path / "figures.json")
    assert "No picture has the split 'exam'. There are: test, val." in " ".join(shown.split())
    assert json.loads((tmp_path / "figures.json").read_text())["accuracy"] is None


def test_tables_fit_a_terminal_and_take_names_as_they_are(tmp_path: Path) -> None:
    """Confusions are one column, and square brackets of a manifest are not markup."""
    root = write_pictures(tmp_path, "COELV", {"test": 2})
    manifest = root / "hands" / "manifest.csv"
    manifest.write_text(manifest.read_text().replace(",drawn,", ",[/drawn],"))
    shown = run("evaluate", root / "hands")
    assert "taken for" in shown
    assert "[/drawn] (pooled)" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_finding_the_hand_is_measured_too(tmp_path: Path) -> None:
    """What is not found is none, and a listed box is left out of the recall: plain gray holds no hand to find."""
    root = write_pictures(tmp_path, "C", {"test": 2})
    for picture in root.rglob("*.png"):
        cv2.imwrite(str(picture), np.full((240, 320), 127, np.uint8))
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"excluded": [{"folder": "hands", "line": 2, "reason": "the box is on the face"}]}')
    asked = ("--crop", "hand", "--json", tmp_path / "figures.json", "--wrong-boxes", wrong)
    shown = run("evaluate", root / "hands", *asked)
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert (figures["images"], figures["crop"]) == (2, "hand")
    assert (figures["finding"]["hands"], figures["finding"]["wrong_boxes"]) == (1, 1)
    assert figures["finding"]["recall"] == 0 == figures["accuracy"]
    assert "Hands found" in shown
    assert "Warning: this locator is not usable. It finds 0.0% of the hands" in " ".join(shown.split())
    near = figures["groups"]["distance"]["25 to 40 %"]
    assert near == {"images": 2, "signers": 1, "accuracy": 0.0, "found": 0.0}
    assert figures["groups"]["light"]["ordinary"] == near
    groups = shown[shown.index("by group") :]
    assert [name for name in ("light", "size", "distance", "found", "25 to 40 %") if name not in groups] == []
    assert max(map(len, groups.splitlines())) <= 80


def test_refuses_a_json_file_in_no_folder_before_measuring(tmp_path: Path) -> None:
    """Nothing is measured for a file that cannot be written."""
    with pytest.raises(SettingsError, match="does not exist"):
        run("evaluate", tmp_path, "--json", tmp_path / "nowhere" / "figures.json")


@pytest.mark.parametrize("options", [(), ("--crop", "frame"), ("--crop", "hand", "--adapt", "5")])
def test_a_list_of_wrong_boxes_is_for_found_hands(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Where no hand is looked for the list is refused instead of ignored."""
    with pytest.raises(SettingsError, match=r"--wrong-boxes[\s\S]*--crop hand"):
        run("evaluate", tmp_path, *options, "--wrong-boxes", tmp_path / "rows.json")


def test_a_missing_list_of_wrong_boxes_is_named_before_measuring(tmp_path: Path) -> None:
    """The error says that the file does not exist."""
    with pytest.raises(TrainingError, match="does not exist"):
        run("evaluate", tmp_path, "--crop", "hand", "--wrong-boxes", tmp_path / "rows.json")


def test_a_reader_by_name_is_titled_as_one(tmp_path: Path) -> None:
    """`NAME:reader` is the reader alone, with --reader auto too; --reader small is refused."""
    hands = write_pictures(tmp_path, "C", {"test": 1}) / "hands"
    assert "celov:reader on 'test', crop oracle, reader large" in run("evaluate", hands, "--model", "celov:reader")
    with pytest.raises(ModelNotFound, match="leave --reader out"):
        run("evaluate", hands, "--model", "celov:reader", "--reader", "small")


def test_help_reads_well() -> None:
    """The command accepts several folders, and its help lists the crops."""
    reported = run("evaluate", "--help", width=120)
    assert "DIR..." in reported
    assert "oracle" in reported
    assert "weighted mean" in reported
    assert "selected frames" not in reported

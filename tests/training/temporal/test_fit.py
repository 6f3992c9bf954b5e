"""Fitting the numbers between the classifier and the text."""

import csv
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.model import load_model
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.tuning import Tuning
from streamsign.training.streams import build
from streamsign.training.streams.bursts import signers_of
from streamsign.training.streams.readings import StreamCrop
from streamsign.training.temporal import fit
from tests.training.temporal.clear_words import INFO, word

SIGNERS = 1
"""Enough to fit to: reading the streams of each takes eight seconds."""

OTHERS_EVERY = 50
"""Rows of the other splits from one that is listed to the next: the lists are read again and again."""


def _write_some(source: Path, target: Path, wanted: Callable[[int, dict[str, str]], bool]) -> list[dict[str, str]]:
    """Write a manifest with some of another one's rows, which are chosen by number and contents; those rows."""
    with (source / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        kept = [row for number, row in enumerate(rows) if wanted(number, row)]
    with (target / "manifest.csv").open("w", encoding="utf-8", newline="") as out:
        written = csv.DictWriter(out, rows.fieldnames or ())
        written.writeheader()
        written.writerows(kept)
    return kept


@pytest.fixture
def only_val(shared_data: Path, tmp_path: Path) -> Path:
    """The labeled data with the films of one validation signer alone; the lists still name people of other splits."""
    for name in ("hands", "frames", "none"):
        (tmp_path / name).mkdir()
        listed = _write_some(
            shared_data / name,
            tmp_path / name,
            lambda number, row: row["split"] == fit.SPLIT or number % OTHERS_EVERY == 0,
        )
        assert {row["split"] for row in listed} > {fit.SPLIT}
        for row in listed:
            if row["split"] == fit.SPLIT:
                kept = tmp_path / name / row["file"]
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.symlink_to(shared_data / name / row["file"])
    (tmp_path / "bursts").mkdir()
    shutil.copy(shared_data / "bursts" / "boxes.csv", tmp_path / "bursts")
    spared = [*signers_of(shared_data / "bursts", fit.SPLIT)][SIGNERS:]
    _write_some(shared_data / "bursts", tmp_path / "bursts", lambda number, row: row["signer"] not in spared)
    for files in signers_of(tmp_path / "bursts", fit.SPLIT).values():
        for file in files:
            (tmp_path / "bursts" / file).symlink_to(shared_data / "bursts" / file)
    return tmp_path


def test_fitting_opens_no_test_signers_file(only_val: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every other signer's files gone fitting still works; reading any of them is an error that would show."""
    monkeypatch.setattr(build, "IDLE_S", 12.0)
    monkeypatch.setattr(build, "OUTSIDE_STREAMS", 1)
    recipe = fit.TemporalRecipe(
        only_val, "celov", trials=3, words=1, crops=(StreamCrop.ORACLE,), workers=1, command="test"
    )
    model = load_model("celov")
    streams = fit.read(recipe, model, lambda _: None)
    tuning = fit.fitted(streams, model.info, Tuning(), recipe, lambda _: None)
    assert {each.signer for each in streams} == {*signers_of(only_val / "bursts", "val"), "rendered"}
    assert tuning.fitted["signers"] == SIGNERS
    assert tuning.fitted["split"] == "val"
    assert set(tuning.fitted["baselines"]) == {"raw", "vote", "average"}
    with pytest.raises(TrainingError, match="cannot be read"):
        list(build.build_streams(only_val, "test", 1))


def test_a_fit_can_be_repeated() -> None:
    """The same streams, start and seed give the same numbers; a start is in the result; switches are searched."""
    streams = [replace(each, read=each.posterior) for each in (word(), word("COOL"), word("VOCE"))]
    recipe = fit.TemporalRecipe(Path("data"), "celov", trials=8, workers=1)
    lines: list[str] = []
    once, again, begun = (
        fit.fitted(streams, INFO, Tuning(), each, lines.append, ReaderMode.AUTO)
        for each in (recipe, recipe, replace(recipe, start=Path("start.json")))
    )
    assert once == again
    assert {f"With {name} inverted:" for name in ("reader.until_text", "reader.stands")} <= set(lines)
    assert begun.fitted.pop("start") == Tuning().model_dump(mode="json", exclude={"fitted"})
    assert begun == once

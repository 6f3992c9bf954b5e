"""training/letters/recipe.py: the plan before a training. tests/cli/test_train.py runs whole trainings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from streamsign.errors import TrainingError
from streamsign.training.letters.recipe import Recipe, prepare
from tests.training.pictures import write_pictures


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    """Two letters of three signers a split, from random weights."""
    root = write_pictures(tmp_path / "pictures", "CLA", {"train": 2, "val": 1, "test": 1}, signers=3)
    return Recipe(
        data=root,
        letters="CL",
        out=tmp_path / "models" / "mine",
        seed=0,
        budget_s=None,
        steps=4,
        weights=None,
        checkpoint=tmp_path / "runs" / "mine.npz",
        cleaning=None,
        teacher=None,
        poses=None,
        former=None,
        mine=False,
        peak_rate=1e-3,
        command="test",
    )


@pytest.mark.parametrize("letters", ["", "C L", "CC", "C1"])
def test_letters_are_given_once_each(recipe: Recipe, letters: str) -> None:
    """The error shows how they are written, before a picture is read."""
    with pytest.raises(TrainingError, match=r"not a set of letters.*\n.*CELOV"):
        prepare(replace(recipe, letters=letters, data=Path("nowhere")), print)


def test_weights_that_are_not_there_are_told(recipe: Recipe, tmp_path: Path) -> None:
    """By the name that was given, before a picture is read."""
    with pytest.raises(TrainingError, match=r"weights file .*gone\.npz does not exist"):
        prepare(replace(recipe, weights=tmp_path / "gone.npz", data=Path("nowhere")), print)


def test_it_says_what_it_will_do_and_trains_nothing_yet(recipe: Recipe, tensorflow_installed: None) -> None:
    """Letters, length, pictures, people and what will be written; neither model nor checkpoint is there."""
    said: list[str] = []
    run = prepare(recipe, said.append)
    reported = "\n".join(said)
    for words in ("C, L and none", "random weights", "4 steps", "18 hands of 3 signers", "every picture is used"):
        assert words in reported
    assert not recipe.out.exists()
    assert not recipe.checkpoint.exists()
    with pytest.raises(TrainingError, match="nothing to export yet"):
        run.export()


@pytest.mark.parametrize(("steps", "share", "expected"), [(4, 1.0, 4), (4, 0.25, 1), (1, 0.25, 1), (0, 1.0, 0)])
def test_a_share_of_some_steps_is_at_least_one(
    recipe: Recipe, tensorflow_installed: None, steps: int, share: float, expected: int
) -> None:
    """Looking for wrong labels takes a part of the steps; no steps export the weights as they are."""
    run = prepare(replace(recipe, steps=steps), lambda _: None)
    assert run._plan(share).steps == expected

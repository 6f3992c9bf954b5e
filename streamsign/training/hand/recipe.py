"""One training of the hand locator: read the pictures, print the plan, fit, choose the threshold, export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.recognition.locate import Detection, Locator, LocatorInfo
from streamsign.recognition.model import graph_file
from streamsign.recognition.track import HandChoice, select_hand
from streamsign.training import loop
from streamsign.training.data.about import read_about
from streamsign.training.data.crops import folders_of
from streamsign.training.data.dataset import manifests_sha256
from streamsign.training.hand.card import describe_hand
from streamsign.training.hand.locator_network import servable
from streamsign.training.hand.samples import SceneSampler
from streamsign.training.hand.scenes import HandScene, load_scenes, rival_scenes
from streamsign.training.hand.task import Hands, LocatorScore, judge_found
from streamsign.training.hand.usability import finding_warning
from streamsign.training.letters.export import sha256, to_tflite, write_files
from streamsign.training.lineage import FILES_KEY, files_of

FALSE_COST = 0.1
"""Cost of a false hand, where a missed hand costs 1. The letter models read rooms as *none*: on the validation signers'
frames celov's false letters were the same (0.6 %) with thresholds from 0.3 to 0.5, and it read 3.4 points more letters
with 0.3. A missed hand cannot be read later."""

THRESHOLDS = tuple(float(round(share, 2)) for share in np.arange(0.2, 0.86, 0.05))


@dataclass(frozen=True, slots=True)
class HandRecipe:
    """All settings of a training of the locator."""

    data: Path
    out: Path
    seed: int
    budget_s: float | None
    steps: int | None
    weights: Path | None
    checkpoint: Path
    teacher: Path | None
    peak_rate: float
    command: str


@dataclass(slots=True)
class HandRun:
    """A training that is ready to start: :meth:`find_rivals`, then :meth:`train` to its end, then :meth:`export`."""

    recipe: HandRecipe
    scenes: list[HandScene]
    held_out: list[HandScene]
    manifests: str
    say: Callable[[str], None]
    _task: Hands | None = None

    def find_rivals(self, notify: Callable[[float], None]) -> None:
        """Add the shipped locator's false hands; do nothing without a teacher.

        Raises:
            ModelNotFound: the locator is not installed.
            TrainingError: the teacher cannot be used.
        """
        if self.recipe.teacher is None:
            return
        rivals = rival_scenes(self.recipe.data, self.recipe.teacher, notify)
        self.scenes = [*self.scenes, *rivals]
        self.say(f"The shipped locator finds {len(rivals)} false hands.")

    def train(self, notify: Callable[[loop.Progress], None]) -> None:
        """Fit the network; ``notify`` is called with the progress after every step."""
        recipe = self.recipe
        plan = loop.TrainingPlan(
            recipe.seed, recipe.budget_s, recipe.steps, recipe.weights, recipe.checkpoint, recipe.peak_rate
        )
        sampler = SceneSampler(self.scenes, recipe.seed)
        self._task = Hands(sampler, self.held_out, seed=recipe.seed, weights=recipe.weights)
        loop.train(self._task, plan, notify)

    def export(self) -> None:
        """Choose the threshold on validation and write the locator's folder.

        Raises:
            TrainingError: nothing was trained.
        """
        if self._task is None:
            raise TrainingError("There is nothing to export yet.", "Train first.")
        recipe = self.recipe
        graph = to_tflite(servable(self._task.network))
        hands = [scene for scene in self.scenes if scene.hand is not None]
        info = LocatorInfo(
            name=recipe.out.name,
            threshold=THRESHOLDS[0],
            model_sha256=sha256(graph),
            training_data_sha256=self.manifests,
            trained={
                "command": recipe.command,
                FILES_KEY: files_of([recipe.weights]),
                "date": datetime.now(UTC).date().isoformat(),
                "scenes_with_a_hand": len(hands),
                "scenes_without": len(self.scenes) - len(hands),
                **read_about(recipe.data),
            },
        )
        write_files(recipe.out, {graph_file(): graph, "locator.json": _described(info)})
        find = partial(Locator(recipe.out).find, min_score=THRESHOLDS[0])
        threshold, found = choose_threshold(find, self.held_out)
        doubt = finding_warning(found.recall, found.false_hands)
        reported = {
            "validation_recall": round(found.recall, 4),
            "validation_overlap": round(found.overlap, 4),
            "validation_false_hands": round(found.false_hands, 4),
            **({"warning": doubt} if doubt else {}),
        }
        info = info.model_copy(update={"threshold": threshold, "trained": {**info.trained, **reported}})
        write_files(recipe.out, {"locator.json": _described(info)})
        describe_hand(recipe.data, recipe.out)
        self.say(f"Wrote {recipe.out}. Threshold {threshold}; {found}")
        if doubt:
            self.say(doubt)


def prepare_hand(recipe: HandRecipe, say: Callable[[str], None]) -> HandRun:
    """Read the pictures and print the plan.

    Raises:
        TrainingError: the pictures cannot be trained on.
    """
    folders = folders_of(recipe.data)
    read_about(recipe.data)  # an unusable file is an error before the training, not after it
    say(f"Reading {', '.join(str(folder) for folder in folders.values())} …")
    scenes = load_scenes(recipe.data, "train", recipe.seed)
    held_out = load_scenes(recipe.data, "val", recipe.seed)
    start = "random weights" if recipe.weights is None else recipe.weights.name
    length = f"{recipe.steps} steps" if recipe.steps is not None else f"{recipe.budget_s:.0f} s"
    say(
        f"Training {recipe.out.name}: finds the signing hand, from {start}, for {length}, seed {recipe.seed}.\n"
        f"  train      {_count(scenes)}\n  validation {_count(held_out)}\n"
        f"  teacher    {recipe.teacher.name + ' for what is not a hand' if recipe.teacher else 'none'}\n"
        f"  checkpoint {recipe.checkpoint}" + (" (resumes from it)" if recipe.checkpoint.is_file() else "") + "\n"
        f"  writes     {recipe.out}/model.tflite, locator.json, CARD.md"
    )
    return HandRun(recipe, scenes, held_out, manifests_sha256(folders.values()), say)


def choose_threshold(
    find: Callable[[NDArray[np.uint8]], Sequence[Detection]], scenes: Sequence[HandScene]
) -> tuple[float, LocatorScore]:
    """The threshold with the best score on validation, and its figures.

    Args:
        find: returns the hands of a picture with at least the lowest of ``THRESHOLDS``.
        scenes: of signers that were not trained on.
    """
    hands = [find(scene.pixels) for scene in scenes]
    tried = []
    for threshold in THRESHOLDS:
        chosen = [select_hand([hand for hand in each if hand.score >= threshold], HandChoice.RAISED) for each in hands]
        tried.append((threshold, judge_found([None if hand is None else hand.box for hand in chosen], scenes)))
    return max(tried, key=lambda each: each[1].recall - FALSE_COST * each[1].false_hands)


def _described(info: LocatorInfo) -> bytes:
    return (info.model_dump_json(indent=2) + "\n").encode()


def _count(scenes: Sequence[Any]) -> str:
    with_hand = sum(scene.hand is not None for scene in scenes)
    return f"{with_hand} scenes with a hand, {len(scenes) - with_hand} without"

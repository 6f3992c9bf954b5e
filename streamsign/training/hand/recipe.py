"""One training of the hand locator from end to end: read, say what will happen, fit, choose the threshold, export."""

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
from streamsign.recognition.locate import CLOSER_GRAPH, Found, Locator, LocatorInfo
from streamsign.recognition.model import graph_file
from streamsign.recognition.track import Choice, choose
from streamsign.training import loop
from streamsign.training.checkpoint import assign, values
from streamsign.training.dataset import manifests_sha256, read_manifest
from streamsign.training.export import sha256, to_tflite, write_files
from streamsign.training.hand.card import describe_hand
from streamsign.training.hand.closer import CloserSampler, windows
from streamsign.training.hand.network import servable
from streamsign.training.hand.samples import SceneSampler
from streamsign.training.hand.scenes import Scene, load_scenes
from streamsign.training.hand.task import Finding, Hands, judge_found
from streamsign.training.sampling import folders_of

MOST_FALSE = 0.01
"""Share of validation's pictures without a hand in which one may be seen. Of the thresholds that keep to it, the one
that finds most hands is taken: the letter models read most rooms as none, and nothing brings a missed hand back."""

CLOSER_SHARE = 0.35
"""Share of the time for the closer look's network, whose views are a third as large."""

THRESHOLDS = tuple(float(round(share, 2)) for share in np.arange(0.2, 0.86, 0.05))


@dataclass(frozen=True, slots=True)
class HandRecipe:
    """Everything that decides a training of the locator."""

    data: Path
    out: Path
    seed: int
    budget_s: float | None
    steps: int | None
    weights: Path | None
    checkpoint: Path
    peak_rate: float
    command: str


@dataclass(slots=True)
class HandRun:
    """A training that is ready to start: :meth:`train`, then :meth:`train_closer`, then :meth:`export`."""

    recipe: HandRecipe
    scenes: list[Scene]
    held_out: list[Scene]
    manifests: str
    say: Callable[[str], None]
    _far: Hands | None = None
    _closer: Hands | None = None

    def train(self, tell: Callable[[loop.Progress], None]) -> None:
        """Fit the network that looks at whole frames; ``tell`` hears where it stands after every step."""
        recipe = self.recipe
        sampler = SceneSampler(self.scenes, recipe.seed)
        self._far = Hands(sampler, self.held_out, seed=recipe.seed, weights=recipe.weights)
        loop.train(self._far, self._plan(recipe.checkpoint, 1 - CLOSER_SHARE), tell)

    def train_closer(self, tell: Callable[[loop.Progress], None]) -> None:
        """Fit the network that looks closer, with what the first takes for a hand.

        It begins from the closer network beside the given weights, or from what the first has learnt.

        Raises:
            TrainingError: the first is not trained.
        """
        if self._far is None:
            raise TrainingError("There is no first look to look closer after.", "Train it first.")
        recipe, far = self.recipe, self._far
        sampler = CloserSampler(self.scenes, far.mistakes(self.scenes), recipe.seed)
        held_out = windows(self.held_out, far.mistakes(self.held_out), recipe.seed)
        known = None if recipe.weights is None else beside(recipe.weights)
        if known is not None and known.is_file():
            self._closer = Hands(sampler, held_out, seed=recipe.seed, weights=known)
        else:
            self._closer = Hands(sampler, held_out, seed=recipe.seed, weights=None)
            assign(self._closer.network.variables, values(far.network.variables))
        loop.train(self._closer, self._plan(beside(recipe.checkpoint), CLOSER_SHARE), tell)

    def _plan(self, checkpoint: Path, share: float) -> loop.Plan:
        recipe = self.recipe
        budget_s = None if recipe.budget_s is None else recipe.budget_s * share
        return loop.Plan(recipe.seed, budget_s, recipe.steps, recipe.weights, checkpoint, recipe.peak_rate)

    def export(self) -> None:
        """Choose the threshold on validation and write the locator's folder.

        Raises:
            TrainingError: nothing was trained.
        """
        if self._far is None or self._closer is None:
            raise TrainingError("There is nothing to export yet.", "Train first.")
        recipe = self.recipe
        graph, closer = (to_tflite(servable(task.network)) for task in (self._far, self._closer))
        hands = [scene for scene in self.scenes if scene.hand is not None]
        info = LocatorInfo(
            name=recipe.out.name,
            threshold=THRESHOLDS[0],
            model_sha256=sha256(graph),
            closer_sha256=sha256(closer),
            training_data_sha256=self.manifests,
            trained={
                "command": recipe.command,
                "date": datetime.now(UTC).date().isoformat(),
                "scenes_with_a_hand": len(hands),
                "scenes_without": len(self.scenes) - len(hands),
            },
        )
        write_files(recipe.out, {graph_file(): graph, CLOSER_GRAPH: closer, "locator.json": _described(info)})
        find = partial(Locator(recipe.out).find, least=THRESHOLDS[0])
        threshold, found = choose_threshold(find, self.held_out)
        told = {
            "validation_recall": round(found.recall, 4),
            "validation_overlap": round(found.overlap, 4),
            "validation_false_hands": round(found.false_hands, 4),
        }
        info = info.model_copy(update={"threshold": threshold, "trained": {**info.trained, **told}})
        write_files(recipe.out, {"locator.json": _described(info)})
        if any(picture.split == "test" for picture in read_manifest(recipe.data / "frames")):
            describe_hand(recipe.data, recipe.out)
        self.say(f"Wrote {recipe.out}. Threshold {threshold}; {found}")


def beside(checkpoint: Path) -> Path:
    """Where the closer network's checkpoint is, beside that of the first."""
    return checkpoint.with_name(f"{checkpoint.stem}-closer.npz")


def prepare_hand(recipe: HandRecipe, say: Callable[[str], None]) -> HandRun:
    """Read the pictures and say what will be done.

    Raises:
        TrainingError: the pictures cannot be trained on.
    """
    folders = folders_of(recipe.data)
    say(f"Reading {', '.join(str(folder) for folder in folders.values())} …")
    scenes = load_scenes(recipe.data, "train", recipe.seed)
    held_out = load_scenes(recipe.data, "val", recipe.seed)
    start = "random weights" if recipe.weights is None else recipe.weights.name
    length = f"{recipe.steps} steps" if recipe.steps is not None else f"{recipe.budget_s:.0f} s"
    say(
        f"Training {recipe.out.name}: finds the signing hand, from {start}, for {length}, seed {recipe.seed}.\n"
        f"  train      {_count(scenes)}\n  validation {_count(held_out)}, other signers\n"
        f"  checkpoint {recipe.checkpoint}" + (" (going on from it)" if recipe.checkpoint.is_file() else "") + "\n"
        f"  writes     {recipe.out}/model.tflite, {CLOSER_GRAPH}, locator.json, CARD.md"
    )
    return HandRun(recipe, scenes, held_out, manifests_sha256(folders.values()), say)


def choose_threshold(
    find: Callable[[NDArray[np.uint8]], Sequence[Found]], scenes: Sequence[Scene]
) -> tuple[float, Finding]:
    """The threshold that serves reading best on validation, and what is found with it.

    Args:
        find: the hands of a picture with at least the lowest of ``THRESHOLDS``.
        scenes: of signers that were not trained on.
    """
    hands = [find(scene.pixels) for scene in scenes]
    tried = []
    for threshold in THRESHOLDS:
        chosen = [choose([hand for hand in each if hand.score >= threshold], Choice.RAISED) for each in hands]
        tried.append((threshold, judge_found([None if hand is None else hand.box for hand in chosen], scenes)))
    quiet = [each for each in tried if each[1].false_hands <= MOST_FALSE]
    return max(quiet, key=lambda each: each[1].recall) if quiet else min(tried, key=lambda each: each[1].false_hands)


def _described(info: LocatorInfo) -> bytes:
    return (info.model_dump_json(indent=2) + "\n").encode()


def _count(scenes: Sequence[Any]) -> str:
    with_hand = sum(scene.hand is not None for scene in scenes)
    return f"{with_hand} scenes with a hand, {len(scenes) - with_hand} without"

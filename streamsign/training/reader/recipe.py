"""One training of a reader from end to end: read, say what will happen, fit, calibrate, export into a model folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from streamsign.errors import TrainingError
from streamsign.training import loop
from streamsign.training.letters import task as fit
from streamsign.training.letters.network import tensorflow
from streamsign.training.reader.task import OTHERS_SHARE, SURROUNDINGS_SHARE, Reader
from streamsign.training.reader.network import Network
from streamsign.training.letters.recipe import count
from streamsign.training.data.sampling import Crop, Sampler, load_crops

VALIDATE_EVERY_S = 600.0
"""A larger network takes its time to read the validation pictures on two cores."""

VALIDATED = 4
"""Pictures of each validation signer and shape by which the best weights are chosen."""


@dataclass(frozen=True, slots=True)
class ReaderRecipe:
    """Everything that decides a training of a reader. ``out`` is the model folder that the reader is written into."""

    data: Path
    letters: str
    out: Path
    network: Network
    size: int
    frozen: int
    seed: int
    budget_s: float | None
    steps: int | None
    weights: Path | None
    checkpoint: Path
    peak_rate: float
    command: str


def prepare_reader(recipe: ReaderRecipe, say: Callable[[str], None]) -> ReaderRun:
    """Read the pictures and say what will be done.

    Args:
        recipe: what to do.
        say: shows a line to the person.

    Raises:
        TrainingError: TensorFlow is missing, or the pictures cannot be trained on.
    """
    if recipe.weights is not None and not recipe.weights.is_file():
        raise TrainingError(f"There is no weights file {recipe.weights}.", "Give one of this network.")
    tensorflow()
    say(f"Reading {recipe.data} …")
    loose = load_crops(recipe.data, "train", loose=True, seed=recipe.seed, size=recipe.size)
    held_out = load_crops(recipe.data, "val", loose=False, seed=recipe.seed, size=recipe.size)
    sampler = Sampler(
        loose, recipe.letters, recipe.seed, least_others=OTHERS_SHARE, surroundings=SURROUNDINGS_SHARE, wide=0.0
    )
    length = f"{recipe.steps} steps" if recipe.steps is not None else f"{recipe.budget_s:.0f} s"
    say(
        f"Training the reader of {recipe.out.name}: {recipe.network} at {recipe.size} pixels, "
        f"{recipe.frozen} stages frozen, from {recipe.weights.name if recipe.weights else 'random weights'}, for "
        f"{length}, seed {recipe.seed}.\n"
        f"  train      {count(loose)}\n  validation {count(held_out)}, other signers\n"
        f"  checkpoint {recipe.checkpoint}" + (" (going on from it)" if recipe.checkpoint.is_file() else "")
    )
    return ReaderRun(recipe, sampler, loose, fit.hold_out(sampler, held_out), say)


def thinned(crops: Sequence[Crop], most: int = VALIDATED) -> list[Crop]:
    """At most so many pictures of each signer and shape, the same ones every time."""
    rows: dict[tuple[str, str], list[Crop]] = defaultdict(list)
    for crop in crops:
        rows[crop.signer, crop.shape].append(crop)
    return [row[index] for row in rows.values() for index in sorted({*np.linspace(0, len(row) - 1, most, dtype=int)})]


@dataclass(slots=True)
class ReaderRun:
    """A training that is ready to start: :meth:`train` to its end, then :meth:`export`."""

    recipe: ReaderRecipe
    sampler: Sampler
    loose: list[Crop]
    held_out: fit.HeldOut
    say: Callable[[str], None]
    _result: tuple[Reader, fit.Validation] | None = None

    def train(self, tell: Callable[[loop.Progress], None]) -> None:
        """Fit the network; ``tell`` hears where it stands after every step."""
        recipe = self.recipe
        task = Reader(
            self.sampler,
            fit.hold_out(self.sampler, thinned(self.held_out.crops)),
            network=recipe.network,
            seed=recipe.seed,
            weights=recipe.weights,
            frozen=recipe.frozen,
        )
        plan = loop.Plan(
            recipe.seed,
            recipe.budget_s,
            recipe.steps,
            recipe.weights,
            recipe.checkpoint,
            recipe.peak_rate,
            VALIDATE_EVERY_S,
        )
        self._result = task, loop.train(task, plan, tell)

    def export(self) -> None:
        """Write the reader."""

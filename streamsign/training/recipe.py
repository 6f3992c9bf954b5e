"""One training from end to end: read, say what will happen, fit, calibrate, export, report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from streamsign.errors import TrainingError
from streamsign.recognition.model import ModelInfo
from streamsign.training import fit
from streamsign.training.calibrate import fit_temperature, fit_thresholds
from streamsign.training.card import card
from streamsign.training.dataset import manifests_sha256, read_manifest
from streamsign.training.evaluate import Framing, evaluate
from streamsign.training.export import sha256, to_tflite, verify, write_model
from streamsign.training.network import tensorflow
from streamsign.training.sampling import HAND_FREE, Crop, Sampler, folders_of, load_crops

VERIFIED_PATCHES = 40


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides a training."""

    data: Path
    letters: str
    out: Path
    seed: int
    budget_s: float | None
    steps: int | None
    weights: Path | None
    checkpoint: Path
    command: str


def prepare(recipe: Recipe, say: Callable[[str], None]) -> Run:
    """Read the pictures and say what will be done.

    Args:
        recipe: what to do.
        say: shows a line to the person.

    Raises:
        TrainingError: TensorFlow is missing, or the pictures cannot be trained on.
    """
    letters = recipe.letters
    if not letters.isalpha() or len(set(letters)) != len(letters):
        raise TrainingError(f"'{letters}' is no set of letters.", "Give each letter once, such as CELOV.")
    if recipe.weights is not None and not recipe.weights.is_file():
        raise TrainingError(f"There is no weights file {recipe.weights}.", "Give the .weights.h5, or leave it out.")
    folders = folders_of(recipe.data)
    tensorflow()
    say(f"Reading {', '.join(str(folder) for folder in folders.values())} …")
    loose = load_crops(recipe.data, "train", loose=True, seed=recipe.seed)
    held_out = load_crops(recipe.data, "val", loose=False, seed=recipe.seed)
    if not any(crop.shape in letters for crop in held_out if crop.shape):
        raise TrainingError(
            "No picture of the split 'val' shows a letter of the model.", "Mark some signers' rows val."
        )
    run = Run(recipe, Sampler(loose, letters, recipe.seed), loose, held_out, manifests_sha256(folders.values()), say)
    start = "random weights" if recipe.weights is None else recipe.weights.name
    length = f"{recipe.steps} steps" if recipe.steps is not None else f"{recipe.budget_s:.0f} s"
    say(
        f"Training {recipe.out.name}: {', '.join(letters)} and none, from {start}, for {length}, seed {recipe.seed}.\n"
        f"  train      {_count(loose)}\n  validation {_count(held_out)}, other signers\n"
        f"  checkpoint {recipe.checkpoint}" + (" (going on from it)" if recipe.checkpoint.is_file() else "") + "\n"
        f"  writes     {recipe.out}/model.tflite, model.json, CARD.md"
    )
    return run


def _count(crops: list[Crop]) -> str:
    hands = [crop for crop in crops if crop.shape != HAND_FREE]
    signers = len({crop.signer for crop in hands})
    return f"{len(hands)} hands of {signers} signers, {len(crops) - len(hands)} hand-free squares"


@dataclass(slots=True)
class Run:
    """A training that is ready to start: first :meth:`train` to its end, then :meth:`export`."""

    recipe: Recipe
    sampler: Sampler
    loose: list[Crop]
    held_out: list[Crop]
    manifests: str
    say: Callable[[str], None]
    _result: tuple[Any, fit.Validation] | None = None

    def train(self, tell: Callable[[fit.Progress], None]) -> None:
        """Fit the network; ``tell`` hears where it stands after every step."""
        recipe = self.recipe
        plan = fit.Plan(recipe.seed, recipe.budget_s, recipe.steps, recipe.weights, recipe.checkpoint)
        self._result = fit.train(self.sampler, self.held_out, plan, tell)

    def export(self) -> None:
        """Calibrate on validation, write the model folder, check it, and measure it on the test split if there is one.

        Raises:
            TrainingError: nothing was trained, or the written graph differs from the network.
        """
        if self._result is None:
            raise TrainingError("There is nothing to export yet.", "Train first.")
        recipe, (network, validation) = self.recipe, self._result
        labels = self.sampler.label_index(crop.shape for crop in self.held_out)
        temperature = fit_temperature(validation.logits, labels)
        thresholds = fit_thresholds(validation.logits, labels, recipe.letters, temperature)
        graph, shipped = to_tflite(network, temperature)
        hands = [crop for crop in self.loose if crop.shape != HAND_FREE]
        info = ModelInfo(
            name=recipe.out.name,
            labels=self.sampler.labels,
            thresholds=thresholds,
            priors=self.sampler.priors(),
            model_sha256=sha256(graph),
            training_data_sha256=self.manifests,
            trained={
                "command": recipe.command,
                "date": datetime.now(UTC).date().isoformat(),
                "images": len(hands),
                "hand_free_squares": len(self.loose) - len(hands),
                "signers": len({crop.signer for crop in hands}),
                "temperature": round(temperature, 4),
                "validation_macro_signer_accuracy": round(validation.macro, 4),
                "validation_none_read_as_letter": round(validation.false_letters, 4),
            },
        )
        write_model(recipe.out, graph, info, "")
        chosen = np.random.default_rng(recipe.seed).permutation(len(self.held_out))[:VERIFIED_PATCHES]
        worst = verify(recipe.out, shipped, [self.held_out[index].pixels for index in chosen])
        pictures = read_manifest(recipe.data / "hands")
        figures = None
        if any(picture.split == "test" for picture in pictures):
            figures = evaluate([recipe.data / "hands"], str(recipe.out), "test", Framing.ORACLE)
        measured_by = f"streamsign evaluate DATA/hands --model {recipe.out.name} --split test"
        write_model(recipe.out, graph, info, card(info, figures, pictures, measured_by=measured_by))
        self.say(
            f"Wrote {recipe.out} (temperature {temperature:.2f}, thresholds {thresholds}; TFLite and Keras differ by "
            f"{worst:.1e} at most). Figures on the test split stand in its CARD.md."
        )

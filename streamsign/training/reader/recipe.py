"""One training of a reader: read the pictures, print the plan, fit, calibrate, export into a model folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.recognition.model import ReaderInfo, load_model
from streamsign.training import loop
from streamsign.training.backend import load_keras
from streamsign.training.data.about import read_about
from streamsign.training.data.augment import plain_view
from streamsign.training.data.crops import HAND_FREE, Crop, folders_of, load_crops
from streamsign.training.data.dataset import manifests_sha256
from streamsign.training.data.made import made_pictures
from streamsign.training.data.sampling import Sampler
from streamsign.training.letters import task as fit
from streamsign.training.letters.calibrate import confusion_shares, fit_temperature, fit_thresholds
from streamsign.training.letters.card import share_of
from streamsign.training.letters.describe import describe
from streamsign.training.letters.export import sha256, to_float16, to_int8, write_files, write_info
from streamsign.training.letters.recipe import count
from streamsign.training.letters.usability import few_signers, near_chance, warning
from streamsign.training.letters.variants import CALIBRATION_PATCHES, MOST_LOST
from streamsign.training.lineage import FILES_KEY, files_of
from streamsign.training.networks import LetterNetwork
from streamsign.training.reader.card import describe_reader
from streamsign.training.reader.export import read_all, servable_reader
from streamsign.training.reader.task import OTHERS_SHARE, SURROUNDINGS_SHARE, ReaderTask, merged, require_statistics

VALIDATE_EVERY_S = 600.0
"""Interval of validations, seconds: a larger network reads the validation pictures slowly on two cores."""

VALIDATED = 4
"""Greatest number of pictures of a validation signer and shape in the choice of the best weights."""


@dataclass(frozen=True, slots=True)
class ReaderRecipe:
    """All settings of a training of a reader. ``out`` is the model folder that the reader is written into."""

    data: Path
    letters: str
    out: Path
    network: LetterNetwork
    size: int
    frozen: int
    made: int
    seed: int
    budget_s: float | None
    steps: int | None
    weights: Path | None
    former: Path | None
    checkpoint: Path
    peak_rate: float
    command: str


def prepare_reader(recipe: ReaderRecipe, say: Callable[[str], None]) -> ReaderRun:
    """Read the pictures and print the plan.

    Args:
        recipe: what to do.
        say: shows a line to the person.

    Raises:
        ModelError: ``recipe.out`` is not a model folder.
        TrainingError: Keras is missing, the model is of other letters, or the pictures cannot be trained on.
    """
    for path in (recipe.weights, recipe.former):
        if path is not None and not path.is_file():
            raise TrainingError(f"The weights file {path} does not exist.", "Give one of this network.")
    if recipe.former is not None:
        require_statistics(recipe.frozen)
    _require_letters(recipe)
    load_keras()
    read_about(recipe.data)  # an unusable file is an error before the training, not after it
    say(f"Reading {recipe.data} …")
    loose = load_crops(recipe.data, "train", loose=True, seed=recipe.seed, size=recipe.size)
    held_out = load_crops(recipe.data, "val", loose=False, seed=recipe.seed, size=recipe.size)
    made = made_pictures(recipe.letters, recipe.made, recipe.seed, recipe.size)
    if recipe.made:
        say(f"Rendered {len(made.ways)} hands on the way and {len(made.held)} letters in {recipe.made} words.")
    sampler = Sampler(
        [*loose, *made.held],
        recipe.letters,
        recipe.seed,
        least_others=OTHERS_SHARE,
        surroundings=SURROUNDINGS_SHARE,
        wide=0.0,
        ways=made.ways,
    )
    length = f"{recipe.steps} steps" if recipe.steps is not None else f"{recipe.budget_s:.0f} s"
    say(
        f"Training the reader of {recipe.out.name}: {recipe.network} at {recipe.size} pixels, "
        f"{recipe.frozen} stages frozen, from {recipe.weights.name if recipe.weights else 'random weights'}, for "
        f"{length}, seed {recipe.seed}.\n"
        f"  train      {count(loose)}\n  validation {count(held_out)}\n"
        f"  checkpoint {recipe.checkpoint}" + (" (resumes from it)" if recipe.checkpoint.is_file() else "")
    )
    if doubt := warning(few_signers(loose, held_out, recipe.letters), trained=False):
        say(doubt)
    return ReaderRun(recipe, sampler, loose, fit.hold_out(sampler.labels, held_out), say)


def _require_letters(recipe: ReaderRecipe) -> None:
    known = load_model(str(recipe.out)).info.letters
    if "".join(known) != recipe.letters:
        raise TrainingError(f"{recipe.out} reads {', '.join(known)}.", f"Pass --letters {''.join(known)}.")


def _in_words(compared: dict[str, float]) -> str:
    """Validation figures of the written graph and of Keras' float32, for a person."""
    names = (("validation_macro_signer_accuracy", "accuracy"), ("validation_none_read_as_letter", "false letters"))
    return "On validation: " + ", ".join(
        f"{words} {share_of(compared[key])} (float32 {share_of(compared[f'{key}_float32'])})" for key, words in names
    )


def thinned(crops: Sequence[Crop], most: int = VALIDATED) -> list[Crop]:
    """At most ``most`` pictures of each signer and shape; always the same ones."""
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
    _kept: float = 0.0
    _result: ReaderTask | None = None

    def train(self, notify: Callable[[loop.Progress], None]) -> None:
        """Fit the network; ``notify`` is called with the progress after every step."""
        recipe = self.recipe
        task = ReaderTask(
            self.sampler,
            fit.hold_out(self.sampler.labels, thinned(self.held_out.crops)),
            network=recipe.network,
            seed=recipe.seed,
            weights=recipe.weights,
            frozen=recipe.frozen,
        )
        plan = loop.TrainingPlan(
            recipe.seed,
            recipe.budget_s,
            recipe.steps,
            recipe.weights,
            recipe.checkpoint,
            recipe.peak_rate,
            VALIDATE_EVERY_S,
        )
        loop.train(task, plan, notify)
        self._result = task

    def export(self) -> None:
        """Average with the former reader, calibrate on validation, and write the reader into the model's folder.

        Written are ``reader.tflite``, ``reader`` in ``model.json``, and the cards. The graph is int8 if that loses
        little on validation, otherwise float16. It needs TensorFlow.

        Raises:
            TrainingError: nothing was trained, or the former's weights do not fit.
        """
        if self._result is None:
            raise TrainingError("There is nothing to export yet.", "Train first.")
        recipe, task, held_out = self.recipe, self._result, self.held_out
        if recipe.former is not None:
            former = recipe.former
            self._kept = task.keep_some_of(former, lambda share, seen: self.say(f"{share:.0%} of {former}: {seen}"))
        info = load_model(str(recipe.out)).info
        logits, shapes = task.logits(held_out.crops), self.sampler.shapes
        temperature = self._temperature(logits)
        logs = merged(logits / np.float32(temperature), shapes, info.labels)
        shipped = servable_reader(task.network, shapes, info.labels, temperature)
        graph, kind, compared = self._smallest(shipped, logs)
        hands = [crop for crop in self.loose if crop.shape != HAND_FREE]
        false_letters = compared["validation_none_read_as_letter"]
        reasons = few_signers(self.loose, held_out.crops, recipe.letters)
        reasons += near_chance(compared["validation_macro_signer_accuracy"], false_letters, len(recipe.letters))
        doubt = warning(reasons, trained=True)
        reader = ReaderInfo(
            network=recipe.network,
            input_size=recipe.size,
            labels=info.labels,
            thresholds=fit_thresholds(logs, held_out.labels, info.letters, 1.0),
            priors=self.sampler.priors(),
            confusion=confusion_shares(logs, held_out.labels, held_out.groups),
            model_sha256=sha256(graph),
            trained={
                "command": recipe.command,
                FILES_KEY: files_of([recipe.weights, recipe.former]),
                "date": datetime.now(UTC).date().isoformat(),
                "images": len(hands),
                "hand_free_squares": len(self.loose) - len(hands),
                "signers": len({crop.signer for crop in hands}),
                "training_data_sha256": manifests_sha256(folders_of(recipe.data).values()),
                **({"kept_of_former": self._kept} if recipe.former is not None else {}),
                "temperature": round(temperature, 4),
                "kind": kind,
                "bytes": len(graph),
                **compared,
                **({"warning": doubt} if doubt else {}),
                **read_about(recipe.data),
            },
        )
        write_files(recipe.out, {reader.file: graph})
        write_info(recipe.out, info.model_copy(update={"reader": reader}))
        describe_reader(recipe.data, recipe.out)
        describe(recipe.data, recipe.out)
        self.say(f"Wrote {recipe.out / reader.file}, {kind}, {len(graph) / 1e6:.1f} MB. {_in_words(compared)}")
        if doubt:
            self.say(doubt)

    def _temperature(self, logits: NDArray[np.float32]) -> float:
        """The temperature of the shapes' logits, fitted to the pictures of letters."""
        letters, held_out = set(self.recipe.letters), self.held_out
        # fit_temperature() treats the last column as none.
        order = sorted(range(len(self.sampler.shapes)), key=lambda column: self.sampler.shapes[column] not in letters)
        names = [self.sampler.shapes[column] for column in order]
        rows = [row for row, crop in enumerate(held_out.crops) if crop.shape in letters]
        truth = np.array([names.index(held_out.crops[row].shape) for row in rows], np.int32)
        return fit_temperature(logits[rows][:, order], truth, [held_out.groups[row] for row in rows])

    def _smallest(self, shipped: Any, logs: NDArray[np.float32]) -> tuple[bytes, str, dict[str, float]]:
        """The graph to ship, its kind, and its validation figures with those of Keras' float32."""
        plain = self.held_out.judge(logs)
        chosen = np.random.default_rng(self.recipe.seed).permutation(len(self.loose))[:CALIBRATION_PATCHES]
        kind, graph = "int8", to_int8(shipped, [plain_view(self.loose[index].pixels) for index in chosen])
        small = self._judged(graph)
        lost, false = plain.macro - small.macro, small.false_letters - plain.false_letters
        compared = {
            "validation_macro_signer_accuracy_float32": round(plain.macro, 4),
            "validation_none_read_as_letter_float32": round(plain.false_letters, 4),
            "validation_macro_signer_accuracy_int8": round(small.macro, 4),
            "validation_none_read_as_letter_int8": round(small.false_letters, 4),
        }
        if max(lost, false) > MOST_LOST:
            kind, graph = "float16", to_float16(shipped)
            small = self._judged(graph)
        return (
            graph,
            kind,
            {
                "validation_macro_signer_accuracy": round(small.macro, 4),
                "validation_none_read_as_letter": round(small.false_letters, 4),
                **compared,
            },
        )

    def _judged(self, graph: bytes) -> fit.Validation:
        return self.held_out.judge(read_all(graph, [crop.pixels for crop in self.held_out.crops]))

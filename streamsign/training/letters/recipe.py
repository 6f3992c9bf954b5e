"""One training of a letter model: read the pictures, print the plan, fit, calibrate, export, report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from streamsign.collection.counted import counted
from streamsign.collection.manifest import read_manifest
from streamsign.errors import TrainingError
from streamsign.recognition.model import HandInfo, ModelInfo, graph_file
from streamsign.training import loop
from streamsign.training.backend import load_keras
from streamsign.training.data.about import read_about
from streamsign.training.data.augment import plain_view
from streamsign.training.data.cleaning import (
    ManifestFinding,
    is_repeat,
    near_duplicates,
    read_findings,
    without,
    write_findings,
)
from streamsign.training.data.crops import HAND_FREE, Crop, folders_of, load_crops
from streamsign.training.data.dataset import hand_free_rows, manifests_sha256
from streamsign.training.data.pose import Known, learn_poses
from streamsign.training.data.rivals import find_rivals
from streamsign.training.data.sampling import Sampler
from streamsign.training.letters import task as fit
from streamsign.training.letters.calibrate import confusion_shares, fit_presence, fit_temperature, fit_thresholds
from streamsign.training.letters.describe import describe
from streamsign.training.letters.export import present_reader, sha256, to_tflite, verify, write_files, write_info
from streamsign.training.letters.folds import find_doubted, possible
from streamsign.training.letters.network import IMAGENET, WIDTH, servable
from streamsign.training.letters.soup import keep_some_of
from streamsign.training.letters.usability import few_signers, near_chance, warning
from streamsign.training.letters.variants import CALIBRATION_PATCHES, add_smallest
from streamsign.training.lineage import FILES_KEY, files_of

VERIFIED_PATCHES = 40

CLEANING_SHARE = 0.25
"""Length of the search for wrong labels over that of the training. The list is stored and used again."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All settings of a training."""

    data: Path
    letters: str
    out: Path
    seed: int
    budget_s: float | None
    steps: int | None
    weights: Path | None
    checkpoint: Path
    cleaning: Path | None
    teacher: Path | None
    poses: Path | None
    former: Path | None
    mine: bool
    peak_rate: float
    command: str
    width: float = WIDTH


def prepare(recipe: Recipe, say: Callable[[str], None]) -> Run:
    """Read the pictures and print the plan.

    Args:
        recipe: what to do.
        say: shows a line to the person.

    Raises:
        TrainingError: Keras is missing, or the pictures cannot be trained on.
    """
    letters = recipe.letters
    if not letters.isalpha() or len(set(letters)) != len(letters):
        raise TrainingError(f"'{letters}' is not a set of letters.", "Give each letter once, such as CELOV.")
    if recipe.weights is not None and str(recipe.weights) != IMAGENET and not recipe.weights.is_file():
        raise TrainingError(
            f"The weights file {recipe.weights} does not exist.",
            "Give a .weights.h5, .npz or .tflite file, or leave --weights out.",
        )
    if recipe.former is not None and not recipe.former.is_file():
        raise TrainingError(f"The graph {recipe.former} does not exist.", "Give a model folder's model.tflite.")
    folders = folders_of(recipe.data)
    load_keras()
    about = read_about(recipe.data)
    say(f"Reading {', '.join(str(folder) for folder in folders.values())} …")
    loose = load_crops(recipe.data, "train", loose=True, seed=recipe.seed)
    held_out = load_crops(recipe.data, "val", loose=False, seed=recipe.seed)
    sampler = Sampler(loose, letters, recipe.seed)
    run = Run(recipe, sampler, loose, fit.hold_out(sampler.labels, held_out), manifests_sha256(folders.values()), say)
    start = "random weights" if recipe.weights is None else recipe.weights.name
    length = f"{recipe.steps} steps" if recipe.steps is not None else f"{recipe.budget_s:.0f} s"
    if recipe.cleaning is None:
        cleaning = "none, every picture is used"
    elif recipe.cleaning.is_file():
        cleaning = f"excludes the pictures listed in {recipe.cleaning}"
    else:
        cleaning = f"first searches for repeats and wrong labels ({CLEANING_SHARE:.0%} of the time) → {recipe.cleaning}"
    say(
        f"Training {recipe.out.name}: {', '.join(letters)} and none, from {start}, for {length}, seed {recipe.seed}.\n"
        f"  train      {count(loose)}\n  validation {count(held_out)}\n"
        f"  cleaning   {cleaning}\n"
        f"  about.md   {'copied into CARD.md' if about else 'none: CARD.md states no origin of the pictures'}\n"
        f"  teacher    {recipe.teacher.name + ' for the joints of hands' if recipe.teacher else 'none'}\n"
        f"  former     {f'{recipe.former}, averaged with the new weights' if recipe.former else 'none'}\n"
        f"  checkpoint {recipe.checkpoint}" + (" (resumes from it)" if recipe.checkpoint.is_file() else "") + "\n"
        f"  writes     {recipe.out}/model.tflite, model.json, CARD.md, report.html"
    )
    if doubt := warning(few_signers(loose, held_out, letters), trained=False):
        say(doubt)
    return run


def count(crops: list[Crop]) -> str:
    """The numbers of hands, signers and squares without a hand, as text."""
    hands = [crop for crop in crops if crop.shape != HAND_FREE]
    signers = len({crop.signer for crop in hands})
    return f"{len(hands)} hands of {signers} signers, {len(crops) - len(hands)} hand-free squares"


def _cleaned(findings: list[ManifestFinding]) -> str:
    repeats = sum(map(is_repeat, findings))
    accepted = sum(finding.excluded for finding in findings) - repeats
    proposed = sum(not finding.excluded for finding in findings)
    text = f"Left out {counted(repeats, 'near-duplicate')}, and {counted(accepted, 'picture')} that the list excludes"
    if proposed:
        text += f"; used {counted(proposed, 'picture')} whose label is doubted or that two signers or letters share"
    return text


@dataclass(slots=True)
class Run:
    """A training that is ready to start: :meth:`clean`, then :meth:`train` to its end, then :meth:`export`."""

    recipe: Recipe
    sampler: Sampler
    loose: list[Crop]
    held_out: fit.HeldOut
    manifests: str
    say: Callable[[str], None]
    _poses: dict[tuple[str, int], Known] = field(default_factory=dict)
    _findings: list[ManifestFinding] = field(default_factory=list)
    _kept: float = 0.0
    _result: tuple[fit.Letters, fit.Validation] | None = None

    def learn_poses(self, notify: Callable[[float], None]) -> None:
        """Label the joints of the training hands with the teacher; do nothing without a teacher.

        Raises:
            TrainingError: the teacher cannot be used.
        """
        recipe = self.recipe
        if recipe.teacher is None:
            return
        rows = [
            picture
            for picture in read_manifest(recipe.data / "hands")
            if picture.split == "train" and picture.hand is not None
        ]
        self._poses = learn_poses(rows, recipe.teacher, recipe.poses, notify)
        cut_out = sum(known.mask is not None for known in self._poses.values())
        self.say(
            f"{recipe.teacher.name} found the joints of {len(self._poses)} of {len(rows)} hands; {cut_out} are "
            "segmented."
        )
        rivals = find_rivals(hand_free_rows(recipe.data, "train"), recipe.teacher, notify)
        self.loose = [*self.loose, *rivals]
        self.sampler = Sampler(self.loose, recipe.letters, recipe.seed, self._poses)
        self.say(f"The shipped locator finds {len(rivals)} false hands.")

    def clean(self, notify: Callable[[loop.Progress], None]) -> None:
        """Find, list and exclude near-duplicates, and propose likely wrong labels; or read an existing list.

        Raises:
            TrainingError: the list cannot be read, or it excludes all pictures of a letter.
        """
        path = self.recipe.cleaning
        if path is None:
            return
        if path.is_file():
            self._findings = read_findings(path)
        else:
            self._findings = near_duplicates(self.loose)
            kept = without(self.loose, self._findings)
            if possible(kept):
                self._findings += find_doubted(kept, self._plan(CLEANING_SHARE), notify, self.recipe.width)
            else:
                self.say("Too few signers to search for wrong labels. Every letter needs three.")
            write_findings(path, self._findings)
        self.loose = without(self.loose, self._findings)
        self.sampler = Sampler(self.loose, self.recipe.letters, self.recipe.seed, self._poses)
        proposed = any(not finding.excluded for finding in self._findings)
        step = " To leave doubted ones out, set accepted to true in their rows and train again." if proposed else ""
        self.say(f"{_cleaned(self._findings)}: {path} lists them.{step}")

    def train(self, notify: Callable[[loop.Progress], None]) -> None:
        """Fit the network; ``notify`` is called with the progress after every step."""
        recipe = self.recipe
        start, width = recipe.weights, recipe.width
        task = fit.Letters(self.sampler, self.held_out, seed=recipe.seed, weights=start, mine=recipe.mine, width=width)
        self._result = task, loop.train(task, self._plan(1.0), notify)

    def _plan(self, share: float) -> loop.TrainingPlan:
        """A plan with this share of the length, and at least one step."""
        recipe = self.recipe
        return loop.TrainingPlan(
            recipe.seed,
            None if recipe.budget_s is None else recipe.budget_s * share,
            None if recipe.steps is None else max(min(1, recipe.steps), round(recipe.steps * share)),
            recipe.weights,
            recipe.checkpoint,
            recipe.peak_rate,
        )

    def export(self) -> None:
        """Average with the former model, calibrate on validation, write the model folder, check it, and measure it.

        It needs TensorFlow. The model is measured on the test split if there is one.

        Raises:
            TrainingError: nothing was trained, the former is of another network, or the written graph differs from the
                network.
        """
        if self._result is None:
            raise TrainingError("There is nothing to export yet.", "Train first.")
        recipe, (task, validation) = self.recipe, self._result
        if recipe.former is not None:
            former = recipe.former
            self._kept = keep_some_of(task, former, lambda share, seen: self.say(f"{share:.0%} of {former}: {seen}"))
            validation = task.judge()
        labels = self.held_out.labels
        temperature = fit_temperature(validation.logits, labels, self.held_out.groups)
        shipped = servable(task.network, temperature)
        graph = to_tflite(shipped)
        hands = [crop for crop in self.loose if crop.shape != HAND_FREE]
        reasons = few_signers(self.loose, self.held_out.crops, recipe.letters)
        reasons += near_chance(validation.macro, validation.false_letters, len(recipe.letters))
        doubt = warning(reasons, trained=True)
        info = ModelInfo(
            name=recipe.out.name,
            labels=self.sampler.labels,
            hand=HandInfo(threshold=fit_presence(validation.presence, self.held_out.there)),
            thresholds=fit_thresholds(validation.logits, labels, recipe.letters, temperature),
            priors=self.sampler.priors(),
            confusion=confusion_shares(validation.logits, labels, self.held_out.groups),
            model_sha256=sha256(graph),
            reader=present_reader(recipe.out, self.sampler.labels),
            training_data_sha256=self.manifests,
            trained={
                "command": recipe.command,
                FILES_KEY: files_of([recipe.weights, recipe.former]),
                "date": datetime.now(UTC).date().isoformat(),
                "images": len(hands),
                "hand_free_squares": len(self.loose) - len(hands),
                "signers": len({crop.signer for crop in hands}),
                "left_out_near_duplicates": sum(is_repeat(finding) for finding in self._findings),
                "left_out_doubted_labels": sum(
                    finding.excluded and not is_repeat(finding) for finding in self._findings
                ),
                "hands_with_joints": len(self._poses),
                **({"kept_of_former": self._kept} if recipe.former is not None else {}),
                "width": recipe.width,
                "temperature": round(temperature, 4),
                "validation_macro_signer_accuracy": round(validation.macro, 4),
                "validation_none_read_as_letter": round(validation.false_letters, 4),
                **({"warning": doubt} if doubt else {}),
                **read_about(recipe.data),
            },
        )
        write_files(recipe.out, {graph_file(): graph})
        write_info(recipe.out, info)
        rng = np.random.default_rng(recipe.seed)
        crops = self.held_out.crops
        chosen = rng.permutation(len(crops))[:VERIFIED_PATCHES]
        worst = verify(recipe.out, shipped, [crops[index].pixels for index in chosen])
        seen = [
            plain_view(self.loose[index].pixels) for index in rng.permutation(len(self.loose))[:CALIBRATION_PATCHES]
        ]
        info = add_smallest(recipe.out, info, shipped, seen, self.held_out)
        self.say(
            f"Temperature {temperature:.2f}, thresholds {info.thresholds}; TFLite and Keras differ by {worst:.1e} at "
            f"most; small variant {', '.join(info.variants)}."
        )
        describe(recipe.data, recipe.out)
        self.say(f"Wrote {recipe.out}. CARD.md and report.html give the figures on the test split.")
        if doubt:
            self.say(doubt)

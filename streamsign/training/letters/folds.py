"""Cross-validation by signer, to find labels that are likely wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from scipy.special import softmax

from streamsign.training import loop
from streamsign.training.data.augment import plain_view
from streamsign.training.data.cleaning import FOLDS, ManifestFinding, doubted_labels, signer_folds
from streamsign.training.data.crops import HAND_FREE, Crop
from streamsign.training.data.sampling import Sampler
from streamsign.training.letters import task as fit
from streamsign.training.letters.network import WIDTH


def possible(crops: Sequence[Crop]) -> bool:
    """Whether every fold leaves pictures of every letter for training."""
    hands = [crop for crop in crops if crop.shape != HAND_FREE]
    folds = signer_folds(hands)
    letters = {crop.shape for crop in hands if _is_letter(crop)}
    return bool(letters) and all(
        letters <= {crop.shape for crop, its in zip(hands, folds, strict=True) if its != fold} for fold in range(FOLDS)
    )


def find_doubted(
    crops: Sequence[Crop], plan: loop.TrainingPlan, notify: Callable[[loop.Progress], None], width: float = WIDTH
) -> list[ManifestFinding]:
    """Train once for each fold and read the pictures of the fold.

    Args:
        crops: loose crops of the training split; :func:`possible` must hold.
        plan: for all folds together; its checkpoint is not used.
        notify: called after every step; ``share`` runs from 0 to 1 over all folds.
        width: see :func:`streamsign.training.letters.network.build`.
    """
    hands = [crop for crop in crops if crop.shape != HAND_FREE]
    free = [crop for crop in crops if crop.shape == HAND_FREE]
    folds = signer_folds(hands)
    letters = "".join(sorted({crop.shape for crop in hands if _is_letter(crop)}))
    each = replace(
        plan,
        checkpoint=None,
        budget_s=None if plan.budget_s is None else plan.budget_s / FOLDS,
        steps=None if plan.steps is None else max(1, plan.steps // FOLDS),
    )
    findings: list[ManifestFinding] = []
    for fold in range(FOLDS):
        held_out = [crop for crop, its in zip(hands, folds, strict=True) if its == fold]
        sampler = Sampler(
            [crop for crop, its in zip(hands, folds, strict=True) if its != fold] + free, letters, plan.seed
        )
        views = [replace(crop, pixels=plain_view(crop.pixels)) for crop in held_out]

        def show(state: loop.Progress, fold: int = fold) -> None:
            notify(loop.Progress(state.step, (fold + state.share) / FOLDS, state.loss))

        read = fit.hold_out(sampler.labels, views)
        task = fit.Letters(sampler, read, seed=plan.seed, weights=plan.weights, mine=False, width=width)
        validation = loop.train(task, each, show)
        truth = sampler.label_index(crop.shape for crop in held_out)
        findings += doubted_labels(held_out, softmax(validation.logits, axis=1), truth, [*letters, "no letter"])
    return findings


def _is_letter(crop: Crop) -> bool:
    return len(crop.shape) == 1

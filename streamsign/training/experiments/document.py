"""Writes the tables of the experiments as Markdown. Signers are counted, not named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from streamsign.training.evaluation.metrics import signer_bootstrap
from streamsign.training.experiments.configuration import BATCH, Configuration, Held, Scale
from streamsign.training.experiments.data import LETTERS
from streamsign.training.experiments.plan import SEED_FIGURES, Group, Trial
from streamsign.training.experiments.series import Figures

NOT_RUN = "not run: needs an exclusion list"

_COLUMNS = (
    "",
    "validation",
    "test (95 %)",
    "test loss",
    "weighted F1",
    "false letters",
    "inference p50",
    "peak memory: training / graph",
    "the seed's",
    "what we learned",
)

Lookup = Callable[[Configuration], Figures | None]


def document(groups: Sequence[Group], figures: Lookup, *, command: str, excluded: int | None) -> str:
    """The document.

    Args:
        groups: tables, from :func:`streamsign.training.experiments.plan.plan`.
        figures: of a run; None if it is missing.
        command: that writes the document.
        excluded: rows of the exclusion list, None without one.
    """
    done = [found for group in groups for row in group.rows if (found := figures(row.configuration))]
    parts = [
        "# The seed project's experiments, rerun\n",
        "Written by the command below; do not edit. The seed is a student project on Edge Impulse that read the SIBI "
        "letters C, E, L, O, V with 334 open and 52 own images. Its choices are tried again here at its scale, on "
        "people none of whom is in the training pictures, and the most telling ones with 5,000 pictures. The models of "
        "this repository are trained on all pictures; their figures stand in their cards.\n",
        "## How it was made\n",
        f"```\n{command}\n```\n",
        *_made(done),
        "## How to read it\n",
        *_how_to_read(excluded),
        "## The pictures\n",
        _pictures(groups, figures),
        *(_group(group, figures) for group in groups),
    ]
    return "\n".join(parts)


def _made(done: Sequence[Figures]) -> list[str]:
    if not done:
        return ["No run is finished.\n"]
    dates = sorted({each["finished"] for each in done})
    made = "; ".join(sorted({_versions(each["made_with"]) for each in done}))
    different = {repr(each["configuration"]): each for each in done}.values()
    minutes = sum(each["seconds"] for each in different) / 60
    span = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    return [f"{span}; {len(different)} runs, {minutes:.0f} minutes together. {made}.\n"]


def _versions(made: Mapping[str, str]) -> str:
    return (
        f"{made['machine']}; Python {made['python']}, TensorFlow {made['tensorflow']}, Keras {made['keras']}, "
        f"inference by {made['tflite']}"
    )


def _how_to_read(excluded: int | None) -> list[str]:
    listed = (
        "No exclusion list was given, so the rows with cleaning were not run."
        if excluded is None
        else f"The exclusion list of the rows with cleaning names {excluded:,} rows."
    )
    letters = ", ".join(LETTERS)
    return [
        f"- **validation, test**: accuracy over the letters {letters}, *none* competing, one hand framed by the "
        "manifest's box; the mean over signers (those with few pictures pooled by source). No run looks at either "
        "while it trains; the weights after the last step count.",
        "- **(95 %)**: interval of that mean, signers drawn with replacement. **Differences inside the interval mean "
        "nothing.** “What we learned” compares with the table's reference row, signer by signer, which is sharper; "
        "where that interval holds zero it says *no difference shown*, and among so many rows a few miss zero by "
        "chance. Both are about people: the first table shows another seed of the same training.",
        "- **test loss**: mean cross-entropy over the pictures of letters, nats. **weighted F1**: over the same ones.",
        "- **false letters**: share of test pictures of other hand shapes and of no hand that read as a letter, no "
        "threshold applied.",
        "- **inference p50**: median of 400 calls of the float32 TFLite graph, one thread, while nothing else was "
        "asked of this process. **peak memory**: largest resident size of the training process, TensorFlow and "
        "pictures included; and the largest sum of the graph's activations alive at once (float32, weights not "
        "counted), which is what a small device must set aside.",
        f"- **the seed's**: published to us is its final model only: {SEED_FIGURES}, on some 70 images of its five "
        "letters. On what hardware, whether the people in them were new to it, and its dense layer, dropout and rate "
        "are not known to us; it is shown beside the nearest row. Its other runs are not published to us: "
        "“–”.",
        f"- A run takes {BATCH} pictures a step, augmented, labels in equal shares. A run that appears in several "
        f"tables was done once. {listed}\n",
    ]


def _pictures(groups: Sequence[Group], figures: Lookup) -> str:
    lines = [
        "| | training: letters + none (signers) | validation | test |",
        "|---|---|---|---|",
    ]
    names = {
        (Scale.SEED, Held.SIGNERS): "seed scale",
        (Scale.SUBSET, Held.SIGNERS): "fixed subset",
        (Scale.SEED, Held.FRAMES): "seed scale, other frames of the same people",
        (Scale.SUBSET, Held.FRAMES): "fixed subset, other frames of the same people",
    }
    seen: dict[str, Mapping[str, Any]] = {}
    for group in groups:
        for row in group.rows:
            found = figures(row.configuration)
            if found is not None:
                seen.setdefault(names[row.configuration.scale, row.configuration.held], found["pictures"])
    for name, parts in seen.items():
        cells = [
            f"{parts[part]['letters']:,} + {parts[part]['none']:,} ({parts[part]['signers']})"
            for part in ("train", "validation", "test")
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return (
        "\n".join(lines) + "\n\nA fixed draw: each letter and *none* a sixth, within a letter the signers in turns; "
        "*none* is two thirds other hand shapes, one third squares without a hand. Validation and test are the same "
        "pictures for every run but those that test on other frames.\n"
    )


def _group(group: Group, figures: Lookup) -> str:
    reference = group.rows[group.reference]
    lines = [
        f"## {group.title}\n",
        "| " + " | ".join(_COLUMNS) + " |",
        "|" + "---|" * len(_COLUMNS),
        *(_line(row, reference, figures) for row in group.rows),
    ]
    return "\n".join(lines) + f"\n\n{_best(group, figures)}{group.note}\n"


def _line(row: Trial, reference: Trial, figures: Lookup) -> str:
    found = figures(row.configuration)
    seed = SEED_FIGURES if row.final else "–"
    if found is None:
        return f"| {row.name} |" + " – |" * (len(_COLUMNS) - 3) + f" {seed} | {NOT_RUN} |"
    test = found["test"]
    cells = [
        row.name,
        _percent(found["validation"]["accuracy"]),
        f"{_percent(test['accuracy'])}{_span(test['accuracy_ci95'])}",
        f"{test['loss']:.2f}",
        f"{test['weighted_f1']:.3f}",
        _percent(test["false_letters"]),
        f"{found['inference_p50_ms']:.2f} ms",
        f"{found['peak_memory_mb']:,.0f} MB / {found['tensors_kb']:,.0f} kB",
        seed,
        learned(row, found, reference, figures(reference.configuration)),
    ]
    return "| " + " | ".join(cells) + " |"


def learned(row: Trial, found: Figures, reference: Trial, other: Figures | None) -> str:
    """One sentence: how a row's test accuracy differs from the reference row's, signer by signer.

    Args:
        row: of the table.
        found: its figures.
        reference: the table's reference row.
        other: its figures; None if it is missing.
    """
    reported = ""
    if row.configuration.cleaned:
        reported = f" ({found['replaced']} training pictures replaced)"
    if row.configuration == reference.configuration:
        return "reference"
    if other is None:
        return "nothing to compare with"
    if row.configuration.held is not reference.configuration.held:
        points = _points(found["test"]["accuracy"] - other["test"]["accuracy"])
        return f"reads {points} points on people it was trained on{reported}"
    differences = np.array(found["test"]["by_signer"]) - np.array(other["test"]["by_signer"])
    span = signer_bootstrap([float(each) for each in differences])
    points = f"{_points(float(differences.mean()))} points"
    if span is None:
        return f"{points}; too few signers to say more{reported}"
    low, high = span
    verdict = "better" if low > 0 else "worse" if high < 0 else "no difference shown"
    return f"{verdict}: {points} ({_points(low)} to {_points(high)}){reported}"


def _best(group: Group, figures: Lookup) -> str:
    """The sentence computed from the table."""
    ran = [
        (found["validation"]["accuracy"], row)
        for row in group.rows
        if (found := figures(row.configuration)) is not None and row.configuration.held is Held.SIGNERS
    ]
    if len(ran) < 2:
        return ""
    accuracies = [accuracy for accuracy, _ in ran]
    _, best = max(ran, key=lambda entry: entry[0])
    return (
        f"Highest on validation: {best.name}; the rows lie between {_percent(min(accuracies))} and "
        f"{_percent(max(accuracies))}. "
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _points(share: float) -> str:
    return f"{round(100 * share, 1) + 0.0:+.1f}"  # + 0.0 turns −0.0 into 0.0


def _span(interval: Sequence[float] | None) -> str:
    return "" if interval is None else f" ({100 * interval[0]:.1f}–{100 * interval[1]:.1f})"

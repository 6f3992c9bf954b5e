"""training/experiments/document.py: the tables and their conclusions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from streamsign.training.experiments.configuration import Configuration, Held
from streamsign.training.experiments.document import NOT_RUN, document, learned
from streamsign.training.experiments.plan import SEED_FIGURES, Trial, configurations, plan

GROUPS = plan()
BASE = Trial("reference", GROUPS[0].rows[0].configuration, final=True)
OTHER = Trial("other", replace(BASE.configuration, dense=8))


def figures(configuration: Configuration, by_signer: tuple[float, ...] = (0.8, 0.9, 0.7)) -> dict[str, Any]:
    """Figures as a run leaves them."""
    accuracy = sum(by_signer) / len(by_signer)
    part = {
        "accuracy": accuracy,
        "accuracy_ci95": [accuracy - 0.1, accuracy + 0.1],
        "by_signer": list(by_signer),
        "loss": 0.5,
        "weighted_f1": 0.79,
        "false_letters": 0.25,
    }
    counts = {"letters": 320, "none": 66, "signers": 73}
    return {
        "configuration": str(configuration),
        "finished": "2020-01-01",
        "validation": part,
        "test": part,
        "inference_p50_ms": 0.3,
        "peak_memory_mb": 1184.2,
        "tensors_kb": 552.96,
        "pictures": {"train": counts, "validation": counts, "test": counts},
        "replaced": 4,
        "seconds": 60.0,
        "made_with": {
            "machine": "Linux x86_64, 2 cores",
            "python": "3",
            "tensorflow": "2",
            "keras": "3",
            "tflite": "t",
        },
    }


def test_shows_every_table_with_the_seeds_figure_and_the_random_starts() -> None:
    """All rows stand there; the seed's figure beside its own model, "–" elsewhere; random starts are said."""
    reported = document(GROUPS, figures, command="streamsign experiments DATA", excluded=12)
    for group in GROUPS:
        assert f"## {group.title}\n" in reported
        assert group.note in reported
    lines = [line for line in reported.splitlines() if line.startswith("| ")]
    for row in (row for group in GROUPS for row in group.rows):
        line = next(line for line in lines if line.startswith(f"| {row.name} |"))
        assert (SEED_FIGURES in line) == row.final
        assert "| 80.0 % | 80.0 % (70.0–90.0) | 0.50 | 0.790 | 25.0 % | 0.30 ms | 1,184 MB / 553 kB |" in line
    assert reported.count("random start |") >= 9
    assert "| seed scale | 320 + 66 (73) |" in reported
    assert f"{len(configurations(GROUPS))} runs" in reported
    assert "names 12 rows" in reported


def test_a_row_that_was_not_run_says_why() -> None:
    """Without an exclusion list the rows with cleaning are empty, and no figure is made up."""
    reported = document(
        GROUPS, lambda each: None if each.cleaned else figures(each), command="streamsign experiments", excluded=None
    )
    assert reported.count(NOT_RUN) == 2
    assert "No exclusion list was given" in reported


@pytest.mark.parametrize(
    ("by_signer", "expected"),
    [
        ((0.9, 0.95, 0.8), "better: +8.3 points (+5.0 to +10.0)"),
        ((0.7, 0.8, 0.6), "worse: -10.0 points (-10.0 to -10.0)"),
        ((0.7, 1.0, 0.7), "no difference shown: +0.0 points (-10.0 to +10.0)"),
    ],
)
def test_a_difference_needs_an_interval_without_zero(by_signer: tuple[float, ...], expected: str) -> None:
    """Signer by signer against the reference row."""
    assert learned(OTHER, figures(OTHER.configuration, by_signer), BASE, figures(BASE.configuration)) == expected


def test_the_reference_and_other_questions_are_not_tested_for_a_difference() -> None:
    """The reference is called so; people trained on are another question; one signer is too few."""
    found = figures(BASE.configuration)
    assert learned(BASE, found, BASE, found) == "reference"
    frames = Trial("frames", replace(BASE.configuration, held=Held.FRAMES))
    assert learned(frames, figures(BASE.configuration, (1.0,)), BASE, found).startswith("reads +20.0 points on people")
    one = figures(BASE.configuration, (0.5,))
    assert "too few signers" in learned(OTHER, one, BASE, one)
    cleaned = Trial("cleaned", replace(BASE.configuration, cleaned=True))
    assert learned(cleaned, found, BASE, found).endswith("(4 training pictures replaced)")


def test_nothing_done_is_said() -> None:
    """A document without runs has no date and no figure."""
    assert "No run is finished." in document(GROUPS, lambda each: None, command="c", excluded=None)

"""Accuracy by traits that can be measured in a picture: for whom, and under what circumstances, a model is worse.

The traits are those of ``streamsign data-report``, and the distance of the hand. Skin tone, age and which hand it is
are not measured: luma and a box do not determine them. Groups differ in letters and people too, so a difference between
two groups does not show its cause.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from streamsign.training.data.coverage import BANDS, DISTANCE, DISTANCE_MEANING, TRAITS

MEANINGS = {**TRAITS, DISTANCE: DISTANCE_MEANING}
"""Every trait with its measure."""

FEW_SIGNERS = 5
"""Signers of a group below which its accuracy says little about other people."""

CLEARLY_WORSE = 0.02
"""Difference of a group's accuracy from that of all pictures from which the group is listed as worse."""


@dataclass(frozen=True, slots=True)
class Member:
    """A counted picture: its signer, its band in each trait, and whether it was read right.

    ``found`` says whether the hand was found at its place; None if no hand was looked for.
    """

    signer: str
    traits: Mapping[str, str]
    right: bool
    found: bool | None = None


def group_figures(members: Sequence[Member]) -> dict[str, dict[str, dict[str, Any]]]:
    """For every trait and each of its bands ``images``, ``signers``, ``accuracy`` and ``found``; None without pictures.

    A trait that no picture has is left out.
    """
    figures: dict[str, dict[str, dict[str, Any]]] = {}
    for trait, bands in BANDS.items():
        by_band: dict[str, list[Member]] = defaultdict(list)
        for member in members:
            if trait in member.traits:
                by_band[member.traits[trait]].append(member)
        if by_band:
            figures[trait] = {band: _figures(by_band[band]) for band in bands}
    return figures


def _figures(members: Sequence[Member]) -> dict[str, Any]:
    looked_for = [member.found for member in members if member.found is not None]
    return {
        "images": len(members),
        "signers": len({member.signer for member in members}),
        "accuracy": float(np.mean([member.right for member in members])) if members else None,
        "found": float(np.mean(looked_for)) if looked_for else None,
    }


def rows_of(figures: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Trait, band and figures of every group of an evaluation, in the order of ``BANDS``."""
    for trait, bands in figures.get("groups", {}).items():
        for band, row in bands.items():
            yield trait, band, row


def worse(figures: Mapping[str, Any], key: str = "accuracy") -> list[tuple[str, str, Mapping[str, Any]]]:
    """Groups of at least ``FEW_SIGNERS`` signers that are clearly worse than all counted pictures, the worst first.

    Args:
        figures: of an evaluation.
        key: ``accuracy`` or ``found``.
    """
    rows = [row for row in rows_of(figures) if row[2][key] is not None]
    # Every trait divides all counted pictures.
    first = [row for trait, _, row in rows if trait == rows[0][0]]
    mean = sum(row[key] * row["images"] for row in first) / sum(row["images"] for row in first) if first else 0.0
    found = [each for each in rows if each[2]["signers"] >= FEW_SIGNERS and each[2][key] <= mean - CLEARLY_WORSE]
    return sorted(found, key=lambda each: float(each[2][key]))

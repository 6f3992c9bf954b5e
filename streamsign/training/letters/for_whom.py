"""The part of a card that says for whom, and under what circumstances, a model is worse, with pictures and signers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from streamsign.training.data.coverage import TRAITS
from streamsign.training.evaluation.groups import CLEARLY_WORSE, FEW_SIGNERS, MEANINGS, rows_of, worse
from streamsign.training.evaluation.report import percent
from streamsign.training.evaluation.slices import SLICES

_NOT_MEASURED = (
    "Not measured, because the manifest does not state it: which hand is shown (mirrored pictures approximate the "
    "other one), skin tone (the brightness of the hand is skin and light together), side views, gloves and jewelry, "
    "age, native signers and learners.\n"
)
_DOCUMENT = "[docs/reader.md](../../docs/reader.md#coverage-of-the-data-and-who-is-read-worse)"


class Column(NamedTuple):
    """A column of the table: its title, the figures of an evaluation, and which share of a group it gives."""

    title: str
    figures: Mapping[str, Any]
    key: str = "accuracy"


def for_whom(columns: Sequence[Column], traits: Collection[str] = tuple(TRAITS)) -> str:
    """The part of the card.

    Args:
        columns: of evaluations of the same pictures, or of their ``finding``; the first one decides which groups are
            worse. Without columns the part says what is not measured.
        traits: that the table has; pictures cut around the hand have no distance.
    """
    title = "## For whom it is worse\n\n"
    if not columns:
        return title + _NOT_MEASURED
    first = columns[0]
    named = [
        f"{trait} {band} ({percent(row[first.key])} of {row['images']} pictures by {row['signers']} signers)"
        for trait, band, row in worse(first.figures, first.key)
        if trait in traits
    ]
    limit = (
        f"{100 * CLEARLY_WORSE:.0f} points or more below all pictures, among groups of {FEW_SIGNERS} signers or more"
    )
    lines = ["| group | pictures (signers) | " + " | ".join(each.title for each in columns) + " |"]
    lines.append("|---|---|" + "---|" * len(columns))
    before = ""
    for rows in zip(*(rows_of(each.figures) for each in columns), strict=True):
        trait, band, row = rows[0]
        if trait not in traits:
            continue
        if trait != before:
            lines.append(f"| *{trait}*: {MEANINGS[trait]} | |" + " |" * len(columns))
        before = trait
        shares = [percent(of_one[each.key]) for each, (_, _, of_one) in zip(columns, rows, strict=True)]
        lines.append(f"| {band} | {row['images']} ({row['signers']}) | " + " | ".join(shares) + " |")
    if "slices" in first.figures:
        mirrored = first.figures["slices"]["mirrored"]
        shares = [percent(each.figures["slices"]["mirrored"][each.key]) for each in columns]
        lines.append(f"| *mirrored*: {SLICES['mirrored']} | |" + " |" * len(columns))
        lines.append(f"| mirrored | {mirrored['images']} ({mirrored['signers']}) | " + " | ".join(shares) + " |")
    return (
        f"{title}{limit}: {'; '.join(named) or 'none'}.\n\n"
        + "\n".join(lines)
        + "\n\nAll pictures of a group count alike. Groups differ in letters and people too, so the table shows no "
        f"cause, and a group of fewer than {FEW_SIGNERS} signers says little about other people. `streamsign "
        "data-report` derives the groups from the picture and the box; "
        f"{_DOCUMENT} has them for training and validation, and for found hands.\n\n" + _NOT_MEASURED
    )

"""The model card: purpose, pictures, accuracy and most frequent errors of a model.

Signers are S01, S02 and so on, because the names in a manifest may identify people.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from streamsign.collection.manifest import Picture
from streamsign.recognition.model import ModelInfo
from streamsign.training.data.about import ABOUT_KEY, people, sources
from streamsign.training.letters.for_whom import Column, for_whom
from streamsign.training.letters.made_from import made_from

FEW_CONFUSIONS = 10
_READER = "A larger network, the reader, reads selected frames: `READER.md` describes it.\n"
_ALPHABET = frozenset("ABCDEFGHIKLMNOPQRSTUVWXY")
"""Letters of the fingerspelled alphabet that are held still."""

_OF_SOME_LETTERS = frozenset({"celov_macro_signer_accuracy", "c_o_confusion"})
"""Figures that only models with certain letters have."""


def card(
    info: ModelInfo,
    figures: dict[str, Any] | None,
    pictures: Sequence[Picture],
    *,
    measured_on: str = "",
    measured_by: str = "",
) -> str:
    """The card as Markdown.

    Args:
        info: of the model.
        figures: from :func:`streamsign.training.evaluation.evaluate.evaluate` on the test split; None without one.
        pictures: rows of the hands' manifest, all splits.
        measured_on: SHA-256 of the manifests of the release that ``figures`` and ``pictures`` are of.
        measured_by: command that computes the figures.
    """
    letters = ", ".join(info.letters)
    command = info.trained.get("command", "not recorded")
    parts = [
        f"# {info.name}\n",
        *([f"**{text}**\n"] if (text := info.trained.get("warning")) else []),
        f"Classifies a 96×96 gray patch of one hand as one of the fingerspelled letters {letters}, or as *none*. "
        f"MobileNetV2 {info.trained.get('width', 0.35)}, TFLite.\n",
        *([_READER] if info.reader is not None else []),
        _graphs(info),
        "## Training\n",
        f"```\n{command}\n```\n",
        *([f"{note}\n"] if (note := info.trained.get("note")) else []),
        made_from(info.trained),
        f"{info.trained.get('date', '')}; {info.trained.get('images', '?')} hands of "
        f"{info.trained.get('signers', '?')} signers and {info.trained.get('hand_free_squares', '?')} squares without "
        f"a hand. SHA-256 of the manifests `{info.training_data_sha256[:16]}…`, of the graph "
        f"`{info.model_sha256[:16]}…`. {_cleaned(info)}{_joints(info)}The weights, the temperature "
        "and the thresholds were chosen on the validation signers.\n",
        "## Who is in the pictures\n",
        people(info.trained.get(ABOUT_KEY, ""), pictures),
        f"{releases(info.training_data_sha256, measured_on)}\n",
        sources(pictures),
    ]
    parts += results(figures, measured_by) if figures is not None and figures["images"] else ["No test split.\n"]
    if measured := info.trained.get("test_accuracy_by_release"):
        parts.append(_earlier(measured, measured_on))
    parts.append(for_whom([] if figures is None else [Column("accuracy", figures)]))
    parts.append(_purpose(info))
    return "\n".join(parts)


def _graphs(info: ModelInfo) -> str:
    rows = [
        "| graph | size | accuracy, validation | accuracy, test | time for a patch |\n|---|---|---|---|---|",
        "| float32 (`model.tflite`) | reference | reference | reference | reference |",
    ]
    for name, variant in info.variants.items():
        figures = variant.figures
        rows.append(
            f"| {name} (`model.{name}.tflite`, load `{info.name}:{name}`) | {variant.bytes / 1000:.0f} kB | "
            f"{_points(figures.get('validation_macro_signer_accuracy_change'))} | "
            f"{_points(figures.get('test_macro_signer_accuracy_change'))} | {_times(figures.get('time_ratio'))} |"
        )
    text = (
        "\n".join(rows)
        + "\n\nAccuracy is the mean over signers; time is the median on the machine that trained the model.\n"
    )
    if lost := info.trained.get("int8_not_shipped"):
        text += (
            "int8 is not shipped: on validation it changes the accuracy by "
            f"{_points(lost['validation_macro_signer_accuracy_change'])} and the share of false letters by "
            f"{_points(lost['validation_none_read_as_letter_change'])}; the limit is half a point.\n"
        )
    return text


def _points(change: float | None) -> str:
    return "not measured" if change is None else f"{100 * change:+.2f} points"


def _times(ratio: float | None) -> str:
    return "not measured" if ratio is None else f"× {ratio:.2f}"


def _cleaned(info: ModelInfo) -> str:
    repeats, doubted = (info.trained.get(f"left_out_{what}") for what in ("near_duplicates", "doubted_labels"))
    if repeats is None or doubted is None:
        return ""
    return f"{repeats} near-duplicates and {doubted} pictures whose label is likely wrong were left out. "


def releases(trained_on: str, measured_on: str) -> str:
    """States the release of the data that each figure of a card is of, by the SHA-256 of its manifests."""
    trained = f"`{trained_on[:16]}…`"
    if measured_on in ("", trained_on):
        return f"Every figure of this card is of one release of the data. Its manifests have the SHA-256 {trained}."
    measured = f"`{measured_on[:16]}…`"
    return (
        f"Training, the validation figures and the notes above are of the release of the data whose manifests have the "
        f"SHA-256 {trained}. The table below and all test figures are of the later release {measured}. The model was "
        "not trained on the pictures that this release added."
    )


def _earlier(measured: dict[str, float], latest: str) -> str:
    """Test accuracy on the releases of the data before the one measured."""
    rows = [f"| `{sha[:16]}…` | {share_of(share)} |" for sha, share in measured.items() if sha != latest]
    if not rows:
        return ""
    table = "| release of the data | accuracy, mean over signer groups |\n|---|---|\n" + "\n".join(rows)
    return f"The same model on the test split of earlier releases:\n\n{table}\n"


def share_of(share: float | None) -> str:
    """A share as text: ``97.3 %``."""
    return "not measured" if share is None else f"{100 * share:.1f} %"


def span_of(interval: Sequence[float] | None) -> str:
    """An interval of shares as text, to follow the share."""
    return "" if interval is None else f" ({share_of(interval[0])} to {share_of(interval[1])})"


def results(figures: dict[str, Any], measured_by: str) -> list[str]:
    """The parts of a card that give the figures, the most frequent errors and the signer groups of a split.

    Args:
        figures: from :func:`streamsign.training.evaluation.evaluate.evaluate`.
        measured_by: command that computes them.
    """
    rows = [
        ("accuracy, mean over signer groups", "macro_signer_accuracy", "macro_signer_accuracy_ci95"),
        ("accuracy, all pictures", "accuracy", "accuracy_ci95"),
        ("tenth percentile of signer groups", "tenth_percentile_signer_accuracy", ""),
        ("signer groups above 90 %", "signers_above_90", ""),
        ("worst signer group", "worst_signer_accuracy", ""),
        ("weighted F1", "weighted_f1", ""),
        ("C, E, L, O and V, mean over signer groups", "celov_macro_signer_accuracy", ""),
        ("C read as O or O as C", "c_o_confusion", ""),
        ("other hand shapes read as a letter", "none_false_letter_rate_other_hands", ""),
        ("pictures without a hand read as a letter", "none_false_letter_rate_hand_free", ""),
        ("expected calibration error", "ece", ""),
        ("expected calibration error, mean over signer groups", "macro_signer_ece", ""),
    ]
    table = [
        f"| {name} | {share_of(figures[key])}{span_of(figures.get(span))} |"
        for name, key, span in rows
        if key not in _OF_SOME_LETTERS or figures[key] is not None
    ]
    return [
        f"## Accuracy on the split '{figures['split']}'\n",
        f"{figures['images']} pictures of its letters by {figures['signers']} signers in {figures['signer_groups']} "
        f"groups (signers with fewer than 20 pictures are pooled by source); {figures['none_other_hands']} pictures of "
        f"other shapes, {figures['none_hand_free']} without a hand; {figures['images_without_box']} left out because "
        "the manifest gives no box. Single frames, cut out by the manifest's box; the output with the highest "
        "probability counts, *none* included; 95 % intervals.\n",
        "| | |\n|---|---|\n" + "\n".join(table) + "\n",
        *([f"```\n{measured_by}\n```\n"] if measured_by else []),
        _fails(figures),
    ]


def _fails(figures: dict[str, Any]) -> str:
    labels, counts = figures["confusion"]["labels"], figures["confusion"]["counts"]
    wrong = sorted(
        (
            (counts[i][j], sum(counts[i]), labels[i], labels[j])
            for i in range(len(labels))
            for j in range(len(labels))
            if i != j and counts[i][j]
        ),
        reverse=True,
    )
    lines = [f"- {shown} read as {read}: {count} of {total}" for count, total, shown, read in wrong[:FEW_CONFUSIONS]]
    per_class = [
        f"| {letter} | {row['images']} | {share_of(row['precision'])} | {share_of(row['recall'])} |"
        for letter, row in figures["per_class"].items()
    ]
    signers = sorted((row["accuracy"], row["images"]) for row in figures["per_signer"].values())
    people = [f"| S{i:02d} | {count} | {share_of(share)} |" for i, (share, count) in enumerate(signers, start=1)]
    return "\n".join(
        [
            "| letter | pictures | precision | recall |\n|---|---|---|---|\n" + "\n".join(per_class) + "\n",
            "Precision counts only the pictures of these letters. The table above gives false letters of other "
            "shapes.\n",
            "## Errors\n",
            "Most frequent errors:\n" + "\n".join(lines) + "\n" if lines else "No error on this split.\n",
            "Signer groups, worst first:\n",
            "| group | pictures | accuracy |\n|---|---|---|\n" + "\n".join(people) + "\n",
        ]
    )


def _joints(info: ModelInfo) -> str:
    if not (known := info.trained.get("hands_with_joints")):
        return ""
    return (
        f"The network was also trained on the joints of {known} hands, as found by MediaPipe's hand landmark network "
        "(Apache-2.0), which is not part of the model. "
    )


def _purpose(info: ModelInfo) -> str:
    return (
        "## Intended use\n\n"
        "Captions of letters that a person spells into a camera, with the hand filling the guide box. Do not use it to "
        "identify people, to rate signers, or where a misread letter can do harm. It reads letters, not sign language."
        + (_on_movements(info) if _is_the_alphabet(info) else "")
        + "\n"
    )


def _on_movements(info: ModelInfo) -> str:
    """What the card says of J and Z, which no single frame shows."""
    still = [letter for letter in "JZ" if letter not in info.moving]
    drawn = [letter for letter in "JZ" if letter in info.moving]
    text = ""
    if drawn:
        verb = "is" if len(drawn) == 1 else "are"
        held = len(info.letters)
        text += (
            f" It reads {held + len(drawn)} letters: the {held} that are held still, and {' and '.join(drawn)}, which "
            f"{verb} drawn in the air and recognized from the hand's path (`paths.json`)."
        )
    if still:
        verb = "is" if len(still) == 1 else "are"
        text += f" It does not read {' and '.join(still)}, which {verb} drawn in the air."
    return text


def _is_the_alphabet(info: ModelInfo) -> bool:
    return set(info.letters) == _ALPHABET

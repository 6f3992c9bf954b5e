"""The model card: what the model is for, who was in the pictures, how well it reads, where it fails.

People are S01, S02 …: the manifests' signer names are public handles and identify them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from streamsign.recognition.model import ModelInfo
from streamsign.training.data.dataset import Picture
from streamsign.training.evaluation.slices import SLICES

FEW_CONFUSIONS = 10
_READER = "A larger network, the reader, reads selected frames: `READER.md` describes it.\n"
ALPHABET = 24
"""Letters of the fingerspelled alphabet that are held still."""


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
        info: the model's.
        figures: from :func:`streamsign.training.evaluation.evaluate.evaluate` on the test split; None when there is
            none.
        pictures: rows of the hands' manifest, all splits.
        measured_on: SHA-256 of the manifests of the release that ``figures`` and ``pictures`` are of.
        measured_by: command that made the figures.
    """
    letters = ", ".join(info.letters)
    command = info.trained.get("command", "not recorded")
    parts = [
        f"# {info.name}\n",
        f"Reads the fingerspelled letters {letters} (shapes that SIBI and ASL share) in a 96×96 gray picture of one "
        f"hand; everything else is *none*. MobileNetV2 {info.trained.get('width', 0.35)}, TFLite.\n",
        *([_READER] if info.reader is not None else []),
        _graphs(info),
        "## Made by\n",
        f"```\n{command}\n```\n",
        *([f"{note}\n"] if (note := info.trained.get("note")) else []),
        f"{info.trained.get('date', '')}; {info.trained.get('images', '?')} hands of "
        f"{info.trained.get('signers', '?')} signers and {info.trained.get('hand_free_squares', '?')} squares without "
        f"a hand. SHA-256 of the manifests `{info.training_data_sha256[:16]}…`, of the graph "
        f"`{info.model_sha256[:16]}…`. {_cleaned(info)}{_taught(info)}Best weights, temperature and "
        "thresholds were chosen on the validation signers; no rendered hand was trained on.\n",
        "## Who is in the pictures\n",
        "Training, validation and test share no signer. Pictures come from public collections in which people "
        "recorded their own alphabet by webcam or phone; **most state no licence**, and no picture is part of "
        "this repository. Signers of a few collections are groups: a name may stand for several people.\n",
        f"{releases(info.training_data_sha256, measured_on)}\n",
        sources(pictures),
    ]
    parts += results(figures, measured_by) if figures is not None and figures["images"] else ["No test split.\n"]
    if measured := info.trained.get("test_accuracy_by_release"):
        parts.append(_earlier(measured, measured_on))
    parts.append(circumstances(figures))
    parts.append(_purpose(info))
    return "\n".join(parts)


def _graphs(info: ModelInfo) -> str:
    rows = [
        "| graph | size | accuracy, validation | accuracy, test | time for a patch |\n|---|---|---|---|---|",
        "| float32 (`model.tflite`) | the measure | the measure | the measure | the measure |",
    ]
    for name, variant in info.variants.items():
        figures = variant.figures
        rows.append(
            f"| {name} (`model.{name}.tflite`, load `{info.name}:{name}`) | {variant.bytes / 1000:.0f} kB | "
            f"{_points(figures.get('validation_macro_signer_accuracy_change'))} | "
            f"{_points(figures.get('test_macro_signer_accuracy_change'))} | {_times(figures.get('time_ratio'))} |"
        )
    text = "\n".join(rows) + "\n\nAccuracy is the mean over signers; time the median on the machine that trained it.\n"
    if lost := info.trained.get("int8_not_shipped"):
        text += (
            "int8 is not shipped: on validation it changes the accuracy by "
            f"{_points(lost['validation_macro_signer_accuracy_change'])} and the share of false letters by "
            f"{_points(lost['validation_none_read_as_letter_change'])}; half a point is the limit.\n"
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
    return f"Left out before: {repeats} near-duplicates and {doubted} pictures whose label is likely wrong. "


def releases(trained_on: str, measured_on: str) -> str:
    """Which release of the data each figure of a card is of; releases are named by the SHA-256 of their manifests."""
    trained = f"`{trained_on[:16]}…`"
    if measured_on in ("", trained_on):
        return f"Every figure of this card is of one release of the data, whose manifests have the SHA-256 {trained}."
    measured = f"`{measured_on[:16]}…`"
    return (
        f"Training, the figures on validation and the notes above used the release of the data whose manifests have "
        f"the SHA-256 {trained}. This table, test figures in tables above and every figure below are of the later "
        f"release {measured}; this model was not trained on what it added."
    )


def _earlier(measured: dict[str, float], latest: str) -> str:
    """Test accuracy on the releases of the data before the one measured."""
    rows = [f"| `{sha[:16]}…` | {share_of(share)} |" for sha, share in measured.items() if sha != latest]
    if not rows:
        return ""
    table = "| release of the data | accuracy, mean over signer groups |\n|---|---|\n" + "\n".join(rows)
    return f"The same model on the test split of earlier releases:\n\n{table}\n"


def sources(pictures: Sequence[Picture]) -> str:
    """A table of where pictures come from, with how many signers, by split; no signer is named."""
    count: Counter[tuple[str, str]] = Counter()
    signers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for picture in pictures:
        count[picture.source, picture.split] += 1
        signers[picture.source, picture.split].add(picture.signer)
    splits = ("train", "val", "test")
    rows = [
        "| source | licence | " + " | ".join(f"{split}: pictures (signers)" for split in splits) + " |",
        "|---|---|" + "---|" * len(splits),
    ]
    for source in sorted({picture.source for picture in pictures}):
        cells = [
            f"{count[source, split]} ({len(signers[source, split])})" if count[source, split] else "–"
            for split in splits
        ]
        rows.append(f"| {source} | none stated | " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def share_of(share: float | None) -> str:
    """A share in words."""
    return "not measured" if share is None else f"{100 * share:.1f} %"


def span_of(interval: Sequence[float] | None) -> str:
    """An interval of shares in words, to stand behind the share."""
    return "" if interval is None else f" ({share_of(interval[0])} to {share_of(interval[1])})"


def results(figures: dict[str, Any], measured_by: str) -> list[str]:
    """Figures of the test split, with what is confused and each signer group: parts of a card.

    Args:
        figures: from :func:`streamsign.training.evaluation.evaluate.evaluate`.
        measured_by: command that made them.
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
    table = [f"| {name} | {share_of(figures[key])}{span_of(figures.get(span))} |" for name, key, span in rows]
    return [
        f"## How well it reads people it never saw (split '{figures['split']}')\n",
        f"{figures['images']} pictures of its letters by {figures['signers']} signers in {figures['signer_groups']} "
        f"groups (signers with fewer than 20 pictures are pooled by source); {figures['none_other_hands']} pictures of "
        f"other shapes, {figures['none_hand_free']} without a hand; {figures['images_without_box']} without a detected "
        "hand left out. Single frames, hand framed by the manifest's box, all outputs competing, 95 % intervals.\n",
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
            "Precision counts the pictures of these letters only; what other shapes add stands above.\n",
            "## Where it fails\n",
            "Most frequent mistakes:\n" + "\n".join(lines) + "\n" if lines else "No mistake on this split.\n",
            "Signer groups, worst first:\n",
            "| group | pictures | accuracy |\n|---|---|---|\n" + "\n".join(people) + "\n",
        ]
    )


def _taught(info: ModelInfo) -> str:
    if not (known := info.trained.get("hands_with_joints")):
        return ""
    return (
        f"Beside the letters it learnt the joints of {known} hands as MediaPipe's hand landmark network sees them "
        "(Apache-2.0; a teacher in training, no part of the model). "
    )


def circumstances(figures: dict[str, Any] | None) -> str:
    """Accuracy under hard circumstances, and what is not measured: a part of a card."""
    measured = (figures or {}).get("slices", {})
    rows = [
        f"| {name} | {meaning} | {found['images']} ({found['signers']}) | {share_of(found['accuracy'])} |"
        for name, meaning in SLICES.items()
        if (found := measured.get(name)) is not None
    ]
    table = (
        "| circumstance | meaning | pictures (signers) | accuracy, all pictures |\n|---|---|---|---|\n"
        + "\n".join(rows)
        + "\n\n"
        if rows
        else ""
    )
    return (
        f"## Under hard circumstances\n\n{table}"
        "Not measured: side views, gloves and jewellery, skin tone (under low light above all), left hands as such "
        "(mirrored pictures stand in for them), children, native signers against learners. The pictures over-represent "
        "young men; few show dark-skinned women, none children.\n"
    )


def _purpose(info: ModelInfo) -> str:
    return (
        "## Meant for\n\n"
        "Captions of letters a person spells on purpose into a camera, with the hand filling the guide box. Not for "
        "identifying people, for judging how well somebody signs, or for anything where a wrong letter does harm. "
        "It reads letters, not sign language"
        + ("" if len(info.letters) < ALPHABET else ", and not J and Z, which are drawn in the air")
        + ".\n"
    )

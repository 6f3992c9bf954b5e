"""Measures a model folder on the test split and writes its card and its report."""

from __future__ import annotations

from pathlib import Path

from streamsign.collection.manifest import read_manifest
from streamsign.recognition.model import load_model
from streamsign.training.data.crops import folders_of
from streamsign.training.data.dataset import manifests_sha256
from streamsign.training.evaluation.evaluate import PictureCrop, evaluate
from streamsign.training.evaluation.report import report
from streamsign.training.letters.card import card
from streamsign.training.letters.export import write_files, write_info


def describe(data: Path, folder: Path) -> None:
    """Measure a model folder on the test split, and write CARD.md and report.html.

    Args:
        data: holds hands/ and perhaps frames/ and none/.
        folder: of the model.
    """
    info = load_model(str(folder)).info
    pictures = read_manifest(data / "hands")
    release = manifests_sha256(folders_of(data).values())
    figures = None
    if any(picture.split == "test" for picture in pictures):
        figures = evaluate([data / "hands"], str(folder), "test", PictureCrop.ORACLE).figures
        for name, variant in info.variants.items():
            small = evaluate([data / "hands"], f"{folder}:{name}", "test", PictureCrop.ORACLE).figures
            change = (small["macro_signer_accuracy"] or 0.0) - (figures["macro_signer_accuracy"] or 0.0)
            variant.figures["test_macro_signer_accuracy_change"] = round(change, 4)
        measured = info.trained.setdefault("test_accuracy_by_release", {})
        measured[release] = round(figures["macro_signer_accuracy"] or 0.0, 4)
        write_info(folder, info)
    measured_by = f"streamsign evaluate DATA/hands --model {info.name} --split test --reader small"
    write_files(
        folder,
        {
            "CARD.md": card(info, figures, pictures, measured_on=release, measured_by=measured_by).encode(),
            **({"report.html": report(figures).encode()} if figures is not None else {}),
        },
    )

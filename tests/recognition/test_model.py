"""Model folders: found, checked, explained."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streamsign.errors import ModelInvalid, ModelNotFound
from streamsign.recognition.classifier import Classifier
from streamsign.recognition.model import load_model, model_names

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def celov(tmp_path: Path) -> Path:
    """A copy of the shipped model that a test may break."""
    return Path(shutil.copytree(load_model("celov").folder, tmp_path / "copy"))


def rewrite(folder: Path, change: Change) -> str:
    """Change model.json and give the folder's name back."""
    path = folder / "model.json"
    described = json.loads(path.read_text())
    change(described)
    path.write_text(json.dumps(described))
    return str(folder)


def test_shipped_models_load() -> None:
    """Every model in models/ can be loaded by name, runs, and keeps a card."""
    assert "celov" in model_names()
    for name in model_names():
        model = load_model(name)
        assert model.info.name == name
        assert (model.folder / "CARD.md").is_file()
        Classifier(model)


def test_celov_knows_its_letters() -> None:
    """The shipped five-letter model reads C E L O V and none."""
    assert sorted(load_model("celov").info.labels) == sorted([*"CELOV", "none"])


def test_unknown_model_lists_the_known() -> None:
    """A misspelled name is answered with the names that exist."""
    with pytest.raises(ModelNotFound, match=r"'celo'[\s\S]*celov"):
        load_model("celo")


def test_models_folder_can_be_given(celov: Path) -> None:
    """A folder of one's own models goes before the shipped ones, which stay there; a spec loads the same graph."""
    model = load_model("copy:float16", models=celov.parent)
    assert (model.folder, model.variant, model.models) == (celov, "float16", celov.parent)
    assert {"copy", "celov"} <= set(model_names(celov.parent))
    assert load_model(model.spec).tflite_path == model.tflite_path


def test_the_locator_is_no_model_of_letters() -> None:
    """The error says what the folder is for, and names a model of letters."""
    with pytest.raises(ModelNotFound, match="'hand' finds hands and reads no letters") as caught:
        load_model("hand")
    assert "alphabet" in caught.value.next_step


def test_missing_json(celov: Path) -> None:
    """The error for a folder without model.json lists the files of a model folder."""
    (celov / "model.json").unlink()
    with pytest.raises(ModelInvalid, match=r"no readable model\.json"):
        load_model(str(celov))


def test_missing_graph(celov: Path) -> None:
    """A folder without model.tflite has a different error from a damaged one."""
    (celov / "model.tflite").unlink()
    with pytest.raises(ModelInvalid, match=r"no readable model\.tflite"):
        load_model(str(celov))


def test_corrupt_graph(celov: Path) -> None:
    """A changed graph is noticed before it runs."""
    path = celov / "model.tflite"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelInvalid, match="SHA-256"):
        load_model(str(celov))


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        (lambda info: info["labels"].remove("none"), "none label"),
        (lambda info: info["labels"].append("C"), "not unique"),
        (lambda info: info.update(labels=["none"]), "no letter"),
        (lambda info: info.update(thresholds={"Q": 0.5}), "do not exist"),
        (lambda info: info.update(priors={"C": 1.0}), "every label"),
        (lambda info: info.pop("model_sha256"), "model_sha256"),
        (lambda info: info.update(confusion=[[1.0]]), "6×6"),
        (lambda info: info.update(confusion=[[1.0, 0, 0, 0, 0, 0]] * 6), "above 0"),
        (lambda info: info.update(variants={"int8": {"model_sha256": "", "bytes": 0}}), "variants"),
        (lambda info: info.update(format=99), "format"),
        (lambda info: info["priors"].update(C=float("inf")), "finite"),
        (lambda info: info["input"].update(scale=float("nan")), "finite"),
    ],
)
def test_wrong_description(celov: Path, change: Change, reported: str) -> None:
    """Each invalid value in model.json is named in the error."""
    with pytest.raises(ModelInvalid, match=reported):
        load_model(rewrite(celov, change))


def test_labels_that_do_not_fit_the_output(celov: Path) -> None:
    """The error for one label too many gives both numbers."""

    def add_label(info: dict[str, Any]) -> None:
        info["labels"].append("X")
        info["priors"], info["confusion"], info["reader"] = {}, [], None

    with pytest.raises(ModelInvalid, match="7 labels"):
        Classifier(load_model(rewrite(celov, add_label)))


def test_input_size_that_does_not_fit(celov: Path) -> None:
    """The error for a wrong input size gives both shapes."""
    name = rewrite(celov, lambda info: info["input"].update(size=64))
    with pytest.raises(ModelInvalid, match="64"):
        Classifier(load_model(name))


def test_a_variant_is_the_same_model_in_a_smaller_file() -> None:
    """NAME:VARIANT loads the small graph, which reads as the float32 one does; an unknown variant lists the known."""
    full, small = load_model("celov"), load_model("celov:float16")
    assert small.info == full.info
    assert small.tflite_path.stat().st_size < 0.6 * full.tflite_path.stat().st_size
    assert small.sha256 != full.sha256
    patch = np.random.default_rng(0).integers(0, 256, (96, 96)).astype(np.uint8)
    assert Classifier(small).read(patch) == pytest.approx(Classifier(full).read(patch), abs=0.02)
    with pytest.raises(ModelNotFound, match=r"no variant 'int4'[\s\S]*float16"):
        load_model("celov:int4")


def test_damaged_variant_is_noticed(tmp_path: Path) -> None:
    """The small graph has a separate hash."""
    folder = Path(shutil.copytree(load_model("celov").folder, tmp_path / "copy"))
    (folder / "model.float16.tflite").write_bytes(b"nothing")
    load_model(str(folder))
    with pytest.raises(ModelInvalid, match="SHA-256"):
        load_model(f"{folder}:float16")


def with_reader(folder: Path, **changes: Any) -> str:
    """Describe a copy of the small graph as the folder's reader."""
    graph = (folder / "model.tflite").read_bytes()
    (folder / "reader.tflite").write_bytes(graph)

    def describe(described: dict[str, Any]) -> None:
        described["reader"] = {
            "network": "efficientnet-lite2",
            "input_size": 112,
            "labels": described["labels"],
            "thresholds": {"C": 0.6},
            "model_sha256": hashlib.sha256(graph).hexdigest(),
        } | changes

    return rewrite(folder, describe)


def test_a_reader_is_a_model_of_its_own(celov: Path) -> None:
    """It has the model's labels, and its own graph, input size and thresholds."""
    name = with_reader(celov)
    model, reader = load_model(name), load_model(f"{name}:reader")
    assert model.reader == reader
    assert reader.tflite_path == celov / "reader.tflite"
    assert (reader.info.labels, reader.info.input.size) == (model.info.labels, 112)
    assert reader.info.thresholds == {"C": 0.6}
    assert reader.reader is None
    assert model.info.reader is not None
    assert reader.sha256 == model.info.reader.model_sha256


def test_a_model_without_a_reader(celov: Path) -> None:
    """Its reader is None, and asking for one by name lists what the folder has."""
    name = rewrite(celov, lambda described: described.update(reader=None))
    assert load_model(name).reader is None
    with pytest.raises(ModelNotFound, match="no variant 'reader'"):
        load_model(f"{name}:reader")


def test_a_reader_may_be_another_models() -> None:
    """The reader of celov is the file of alphabet, not a copy."""
    reader = load_model("celov:reader")
    assert reader.info.labels == load_model("celov").info.labels
    assert reader.tflite_path == load_model("alphabet:reader").tflite_path
    assert reader.spec.endswith("celov:reader")


def test_the_folder_beside_a_model_goes_before_the_shipped_one(celov: Path) -> None:
    """A reader of another model is looked for beside the folder that names it, then among the shipped models."""
    assert load_model(f"{celov}:reader").tflite_path == load_model("alphabet").folder / "reader.tflite"
    beside = celov.parent / "alphabet"
    beside.mkdir()
    (beside / "reader.tflite").write_bytes(b"another")
    with pytest.raises(ModelInvalid, match=r"reader\.tflite is not the file"):
        load_model(str(celov))


def test_a_reader_of_a_model_that_is_not_installed(celov: Path) -> None:
    """The error names both models and gives the next step."""
    name = rewrite(celov, lambda described: described["reader"].update(model="gone"))
    with pytest.raises(ModelNotFound, match=r"'celov' uses the reader of the model 'gone'[\s\S]*Copy the folder gone"):
        load_model(name)


@pytest.mark.parametrize("outputs", [["C", "E", "L", "none"], ["C", "E", "L", "O", "none"]])
def test_a_reader_that_lacks_a_letter(celov: Path, outputs: list[str]) -> None:
    """Outputs without one of the model's letters are rejected: only none is the sum of the others."""
    name = rewrite(celov, lambda described: described["reader"].update(outputs=outputs))
    with pytest.raises(ModelInvalid, match="outputs lack"):
        load_model(name)


def test_a_damaged_reader_is_rejected_with_the_model(celov: Path) -> None:
    """The digest of both graphs is compared when the folder is loaded."""
    name = with_reader(celov)
    (celov / "reader.tflite").write_bytes(b"short")
    with pytest.raises(ModelInvalid, match=r"reader\.tflite is not the file"):
        load_model(name)


def test_a_reader_has_the_labels_of_its_model(celov: Path) -> None:
    """Other labels, or the same in another order, are rejected."""
    name = with_reader(celov, labels=["C", "none"])
    with pytest.raises(ModelInvalid, match="reader's labels"):
        load_model(name)

"""recognition/folders.py: which folders are looked into, and which never are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from streamsign.errors import ModelInvalid, ModelNotFound
from streamsign.recognition.folders import check_graph, find_folder, names, shipped_models
from tests.conftest import ROOT


def _installed(root: Path, *, with_models: bool) -> Path:
    """A package in site-packages, and somebody's folder of models beside it."""
    package = root / "site-packages" / "streamsign"
    (package / "models").mkdir(parents=True)
    if not with_models:
        (package / "models").rmdir()
    (root / "site-packages" / "models" / "celov").mkdir(parents=True)
    return package


@pytest.mark.parametrize("with_models", [True, False])
def test_a_folder_beside_an_installed_package_is_never_used(tmp_path: Path, with_models: bool) -> None:
    """An installed package has its own models, or none: site-packages/models is not its."""
    package = _installed(tmp_path, with_models=with_models)
    assert shipped_models(package) == package / "models"


def test_a_checkout_has_them_beside_the_package(tmp_path: Path) -> None:
    """If pyproject.toml is beside the package, the shipped models are those of models/ there."""
    assert shipped_models() == ROOT / "models"
    (tmp_path / "streamsign").mkdir()
    (tmp_path / "pyproject.toml").touch()
    assert shipped_models(tmp_path / "streamsign") == tmp_path / "models"


def test_ones_own_models_go_first(tmp_path: Path) -> None:
    """A name in the user's folder hides the shipped one; a path is used as it is."""
    shutil.copytree(ROOT / "models" / "celov", tmp_path / "celov")
    assert find_folder("celov", tmp_path) == tmp_path / "celov"
    assert find_folder("alphabet", tmp_path) == ROOT / "models" / "alphabet"
    assert find_folder(str(tmp_path / "celov")) == tmp_path / "celov"
    assert "hand" in names(None, "locator.json")
    with pytest.raises(ModelNotFound, match="celov"):
        find_folder("nobody", tmp_path)


def test_a_graph_that_was_changed_is_refused(tmp_path: Path) -> None:
    """Neither a file with another digest nor one that is not there is loaded."""
    graph = tmp_path / "model.tflite"
    with pytest.raises(ModelInvalid, match="no readable"):
        check_graph(graph, "0" * 64)
    graph.write_bytes(b"changed")
    with pytest.raises(ModelInvalid, match="SHA-256"):
        check_graph(graph, "0" * 64)

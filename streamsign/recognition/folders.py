"""Folders of models on disk: where a name is found, and their files, checked before use.

A folder holds a graph (``model.tflite``) and the JSON document that describes it, with the graph's SHA-256.
"""

from __future__ import annotations

import hashlib
import os
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from streamsign.errors import ModelInvalid, ModelNotFound

_COPY = "The file is damaged or belongs to another training: copy the whole model folder again."

Described = TypeVar("Described", bound=BaseModel)


def shipped_models(package: Path | None = None) -> Path:
    """The folder of the models that come with streamsign.

    A wheel has them as data of the package. A source checkout, also one installed editable, has them beside the
    package; a folder ``models`` beside an installed package is never used.

    Args:
        package: the package's own folder; found if None.
    """
    package = Path(str(files("streamsign"))) if package is None else package
    in_package, in_checkout = package / "models", package.parent / "models"
    is_checkout = not in_package.is_dir() and (package.parent / "pyproject.toml").is_file()
    return in_checkout if is_checkout else in_package


def find_folder(name: str, models: Path | None = None) -> Path:
    """The folder of a name.

    Args:
        name: a name in ``models`` or among the shipped models, or the path of a folder.
        models: folder of the user's own models; they go before the shipped ones.

    Raises:
        ModelNotFound: the folder does not exist.
    """
    is_path = os.sep in name or Path(name).is_dir()
    tried = [Path(name)] if is_path else [place / name for place in _places(models)]
    found = next((folder for folder in tried if folder.is_dir()), None)
    if found is None:
        raise ModelNotFound(
            f"The model '{name}' does not exist.",
            f"Available models: {', '.join(names(models)) or 'none'}. Or give the path of a model folder.",
        )
    return found


def names(models: Path | None = None, document: str = "model.json") -> list[str]:
    """Names of folders with a document, sorted; ``models`` as for :func:`find_folder`."""
    return sorted({path.parent.name for place in _places(models) for path in place.glob(f"*/{document}")})


def read_document(path: Path, kind: type[Described]) -> Described:
    """A model's description.

    Raises:
        ModelInvalid: the file is missing, or does not describe a model.
    """
    try:
        return kind.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelInvalid(
            f"{path.parent} has no readable {path.name} ({error.strerror}).",
            "Copy the whole model folder again, or train the model again with `streamsign train`.",
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "labels"
        raise ModelInvalid(
            f"{path} is wrong at '{where}': {first['msg']}.",
            "Correct that field, or train the model again with `streamsign train`.",
        ) from error


def read_parameters(path: Path, kind: type[Described], next_step: str) -> Described:
    """The parameters in a file; the defaults if the file does not exist.

    Args:
        path: a JSON file of a model folder.
        kind: what it describes.
        next_step: what to do about a file that is invalid.

    Raises:
        ModelInvalid: the file cannot be read, or a value in it is invalid.
    """
    if not path.exists():
        return kind()
    try:
        return kind.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelInvalid(f"{path} cannot be read ({error.strerror}).", next_step) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        where = f" is wrong at '{place}'" if place else " is wrong"
        raise ModelInvalid(f"{path}{where}: {first['msg']}.", next_step) from error


def check_graph(path: Path, sha256: str) -> None:
    """Compare a graph with its description.

    Raises:
        ModelInvalid: it cannot be read, or is not the file that was described.
    """
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelInvalid(f"{path.parent} has no readable {path.name} ({error.strerror}).", _COPY) from error
    if digest != sha256:
        raise ModelInvalid(
            f"{path} is not the file that is described beside it "
            f"(its SHA-256 is {digest[:12]}…, the description says {sha256[:12]}…).",
            _COPY,
        )


def _places(models: Path | None) -> list[Path]:
    return [shipped_models()] if models is None else [models, shipped_models()]

"""Numbers and booleans of every request body are taken as they are, and nothing is converted into them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, Strict

import streamsign.server.app  # noqa: F401 (defines the bodies)
from tests.conftest import ROOT


def _parts(annotation: Any) -> Iterator[Any]:
    """The types that an annotation is made of."""
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def _models(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)


def _loose(model: type[BaseModel]) -> Iterator[str]:
    """Fields of a model, and of models in it, that take a boolean or text as a number."""
    for name, field in model.model_fields.items():
        kinds = [kind for kind in _parts(field.annotation) if isinstance(kind, type)]
        strict = model.model_config.get("strict") or any(isinstance(each, Strict) for each in field.metadata)
        if {int, float, bool} & set(kinds) and not strict:
            yield f"{model.__name__}.{name}"
        for kind in kinds:
            if issubclass(kind, BaseModel):
                yield from _loose(kind)


def test_no_body_takes_a_boolean_or_text_as_a_number() -> None:
    """A client that sends `true` or "0.6" as seconds has a mistake, and gets an error."""
    paths = json.loads((ROOT / "docs/reference/openapi.json").read_text("utf-8"))["paths"]
    bodies = [each.get("requestBody") for operations in paths.values() for each in operations.values()]
    names = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(bodies)))
    models = {each.__name__: each for each in _models(BaseModel) if each.__module__.startswith("streamsign.")}
    assert {"PausesRequest", "LettersRequest"} <= names <= models.keys()
    assert [field for name in sorted(names) for field in _loose(models[name])] == []

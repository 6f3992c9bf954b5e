"""A model with an adaptation to one signer, and its description with the labels that the adaptation adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from streamsign.errors import ModelInvalid
from streamsign.recognition.adaptation import Adaptation
from streamsign.recognition.model import Model, ModelInfo, ReaderInfo, training_shares

_NEW_THRESHOLD = 0.5

_NEW_ERROR = 0.05
"""Share of a new label's pictures that the temporal filter expects to be read as something else."""

_NEW_CONFUSION = 0.002
"""Share of another label's pictures that it expects to be read as the new one: that of the shipped models' labels
that validation signers never confuse."""


def adapted(model: Model, adaptation: Adaptation) -> Model:
    """A model that reads with an adaptation.

    Raises:
        ModelInvalid: the adaptation was made for another model or training, or the model is a variant.
    """
    require_float32(model)
    if graphs(model.info) != adaptation.sha256:
        raise ModelInvalid(
            f"The adaptation was made for the model '{adaptation.model}' of another training, not for this "
            f"'{model.info.name}'.",
            f"Adapt again with `streamsign adapt --model {model.info.name}`, or pass the model that it was made for.",
        )
    return replace(model, info=with_labels(model.info, adaptation.new_labels), adaptation=adaptation)


def require_float32(model: Model) -> None:
    """Check that a model is not one of its variants.

    Raises:
        ModelInvalid: it is, or it is the reader alone.
    """
    if model.variant:
        raise ModelInvalid(
            f"The graph {model.tflite_path.name} cannot be adapted.", "Pass the model's name without :VARIANT."
        )


def graphs(info: ModelInfo) -> tuple[str, str]:
    """Digests of a model's graphs, of the classifier and the reader; of the reader empty without one."""
    return info.model_sha256, "" if info.reader is None else info.reader.model_sha256


def added_outputs(info: ModelInfo, new: Sequence[str]) -> tuple[list[str], list[str]]:
    """The new labels that the classifier and the reader lack as outputs: a reader of another model may have them."""
    reader = info.reader
    outputs = [] if reader is None or reader.outputs is None else reader.outputs
    return list(new), [label for label in new if label not in outputs]


def with_labels(info: ModelInfo, new: Sequence[str]) -> ModelInfo:
    """The description of a model with further labels, behind its own ones.

    Raises:
        ModelInvalid: the model has one of them already.
    """
    if not new:
        return info
    if there := sorted(set(new) & {*info.labels, *info.moving}):
        raise ModelInvalid(
            f"The model '{info.name}' has the letters {', '.join(there)} already.", "Name only letters that it lacks."
        )
    changed = _longer(info, info.labels, new)
    if info.reader is not None:
        changed["reader"] = _reader_with(info.reader, added_outputs(info, new)[1], new)
    return ModelInfo.model_validate(info.model_dump(by_alias=True) | changed)


def _reader_with(reader: ReaderInfo, added: Sequence[str], new: Sequence[str]) -> dict[str, object]:
    outputs = None if reader.outputs is None else [*reader.outputs, *added]
    return reader.model_dump() | _longer(reader, reader.labels, new) | {"outputs": outputs}


def _longer(info: ModelInfo | ReaderInfo, labels: Sequence[str], new: Sequence[str]) -> dict[str, object]:
    """Labels, thresholds, priors and confusion with new labels."""
    every = [*labels, *new]
    changed: dict[str, object] = {
        "labels": every,
        "thresholds": info.thresholds | dict.fromkeys(new, _NEW_THRESHOLD),
    }
    if info.priors:
        shares = training_shares(info.priors, labels)
        total = sum(shares) + len(new) * min(shares)
        named = dict(zip(labels, shares, strict=True)) | dict.fromkeys(new, min(shares))
        changed["priors"] = {label: share / total for label, share in named.items()}
    if info.confusion:
        left = 1 - len(new) * _NEW_CONFUSION
        rows = [[*(share * left for share in row), *[_NEW_CONFUSION] * len(new)] for row in info.confusion]
        missed = _NEW_ERROR / (len(every) - 1)
        rows += [[1 - _NEW_ERROR if label == each else missed for label in every] for each in new]
        changed["confusion"] = rows
    return changed

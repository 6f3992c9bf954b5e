"""A model folder: ``model.tflite``, ``model.json`` and ``CARD.md``. It is found by name and checked before use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from streamsign.errors import ModelNotFound
from streamsign.recognition.adaptation import Adaptation
from streamsign.recognition.folders import check_graph, find_folder, names, read_document
from streamsign.recognition.framing import HAND_MARGIN
from streamsign.recognition.patch import PATCH_SIZE
from streamsign.recognition.runtime import Runtime

NONE_LABEL = "none"

READER = "reader"
"""Variant under which :func:`load_model` loads a model's reader alone, as ``MODEL:reader``."""


class InputInfo(BaseModel):
    """How a patch becomes the network's input: ``pixel · scale + offset`` on full-range (0–255) gray."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    size: int = Field(default=PATCH_SIZE, gt=0, description="side of the square patch, pixels")
    channels: Literal[1] = 1
    dtype: Literal["float32"] = "float32"
    pixel_range: Literal["full"] = "full"
    scale: float = 1 / 127.5
    offset: float = -1.0


class FramingInfo(BaseModel):
    """How training framed the hand."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    margin: float = Field(default=HAND_MARGIN, gt=0, description="side of the patch over the hand's longer side")


class HandInfo(BaseModel):
    """The graph's second output, (1, 5): probability of a hand in the patch, and its place.

    The place is the offset of its center from the patch's to the right and down, and the natural logs of its width and
    height. Lengths are in hand sizes: the side of the patch over the margin it was framed with.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    threshold: float = Field(
        gt=0, lt=1, description="probability, by locator and model together, from which a hand is found"
    )


class VariantInfo(BaseModel):
    """A smaller copy of the same network. Costs are measured against the float32 graph in the same run."""

    model_config = ConfigDict(frozen=True, protected_namespaces=(), allow_inf_nan=False)

    model_sha256: str
    bytes: int = Field(gt=0)
    figures: dict[str, float] = Field(default_factory=dict, description="its accuracy and cost; see CARD.md")


class ReaderInfo(BaseModel):
    """A larger network in the same folder that reads a patch's letter better, and says nothing of where the hand is.

    It takes (1, input_size, input_size, 1) float32 in −1…1, the hand framed as for the model itself, and gives
    calibrated probabilities (1, outputs) float32. The graph may be another model's: outputs that are not letters of
    this model count for *none*.
    """

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    file: Literal["reader.tflite"] = "reader.tflite"
    model: str | None = Field(
        default=None, description="the model whose folder holds the file, beside this folder or shipped; None: this one"
    )
    network: str
    input_size: int = Field(gt=0, description="side of the square patch, pixels")
    input: Literal["gray, float32, -1..1"] = "gray, float32, -1..1"
    labels: list[str] = Field(description="the model's labels in the model's order")
    outputs: list[str] | None = Field(
        default=None, description="names of the graph's outputs; None where they are the labels"
    )
    none_factor: float = Field(
        default=1.0, gt=0, description="factor of the probability of none before all are made to sum to 1"
    )
    share: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="weight of the reader in the letter of a single picture that both networks read; the classifier "
        "has the rest",
    )
    thresholds: dict[str, float] = Field(default_factory=dict, description="as the model's own")
    priors: dict[str, float] = Field(default_factory=dict, description="as the model's own")
    confusion: list[list[float]] = Field(default_factory=list, description="as the model's own")
    feature_distance: float | None = Field(default=None, gt=0, description="as the model's own")
    model_sha256: str
    trained: dict[str, Any] = Field(default_factory=dict, description="command, date, images, signers, figures")

    @model_validator(mode="after")
    def _names_outputs_once(self) -> ReaderInfo:
        if self.outputs is not None and len(set(self.outputs)) != len(self.outputs):
            raise ValueError("outputs are not unique")
        return self


class MovingInfo(BaseModel):
    """A letter that is drawn in the air; ``paths.json`` holds the parameters that recognize it."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    starts_from: list[str] = Field(alias="from", min_length=1, description="letters that its hand looks like")


class ModelInfo(BaseModel):
    """``model.json``. Labels are in the order of the network's outputs."""

    model_config = ConfigDict(frozen=True, protected_namespaces=(), allow_inf_nan=False)

    format: Literal[1] = 1
    name: str
    labels: list[str]
    none_label: str = NONE_LABEL
    input: InputInfo = InputInfo()
    framing: FramingInfo = FramingInfo()
    hand: HandInfo
    thresholds: dict[str, float] = Field(
        default_factory=dict, description="probability from which a single frame counts as that letter"
    )
    priors: dict[str, float] = Field(
        default_factory=dict, description="share of each label the network was trained with; uniform when empty"
    )
    confusion: list[list[float]] = Field(
        default_factory=list,
        description="P(label read | label shown) on the validation signers: row shown, column read; the temporal "
        "filter's emission prior; empty if not measured",
    )
    feature_distance: float | None = Field(
        default=None,
        gt=0,
        description="median squared distance of the features of two hands of a validation signer; None: measured on "
        "the hands that the network is adapted to",
    )
    model_sha256: str
    variants: dict[str, VariantInfo] = Field(
        default_factory=dict, description="smaller copies, model.NAME.tflite, loaded as MODEL:NAME"
    )
    reader: ReaderInfo | None = Field(default=None, description="None where the model is the only network")
    moving: dict[str, MovingInfo] = Field(
        default_factory=dict, description="letters that are drawn, which the networks do not know"
    )
    training_data_sha256: str
    trained: dict[str, Any] = Field(default_factory=dict, description="command, date, images, signers, figures")

    @property
    def letters(self) -> list[str]:
        """The labels that are letters, in label order."""
        return [label for label in self.labels if label != self.none_label]

    @property
    def states(self) -> list[str]:
        """None, then the letters: the order of posteriors."""
        return [self.none_label, *self.letters]

    @property
    def alphabet(self) -> list[str]:
        """All letters that are read: those of the labels, and those that are drawn in their alphabetical places."""
        return sorted({*self.letters, *self.moving}) if self.moving else self.letters

    @model_validator(mode="after")
    def _fits_together(self) -> ModelInfo:
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("labels are not unique")
        if self.none_label not in self.labels:
            raise ValueError(f"labels lack the none label '{self.none_label}'")
        if not self.letters:
            raise ValueError("labels hold no letter")
        for field in ("thresholds", "priors"):
            unknown = set(getattr(self, field)) - set(self.labels)
            if unknown:
                raise ValueError(f"{field} name labels that do not exist: {sorted(unknown)}")
        if not set(self.labels).isdisjoint(self.moving):
            raise ValueError(f"moving letters are labels as well: {sorted(set(self.labels) & set(self.moving))}")
        for letter, moving in self.moving.items():
            if unknown := set(moving.starts_from) - set(self.letters):
                raise ValueError(f"moving {letter} starts from letters that do not exist: {sorted(unknown)}")
        if any(not 0 < share <= 1 for share in self.priors.values()):
            raise ValueError("priors must lie in (0, 1]")
        if self.priors and set(self.priors) != set(self.labels):
            raise ValueError("priors must name every label, or none")
        size = len(self.labels)
        if self.confusion and [len(row) for row in self.confusion] != [size] * size:
            raise ValueError(f"confusion must be {size}×{size}, one row and column a label")
        if any(min(row) <= 0 or abs(sum(row) - 1) > 1e-3 for row in self.confusion):
            raise ValueError("each row of confusion must hold shares above 0 that sum to 1")
        if self.reader is not None and self.reader.labels != self.labels:
            raise ValueError("the reader's labels are not the model's in the same order")
        outputs = None if self.reader is None else self.reader.outputs
        # The outputs may lack none, which is the sum of the outputs that are not letters.
        if outputs is not None and (lacking := set(self.letters) - set(outputs)):
            raise ValueError(f"the reader's outputs lack the letters {sorted(lacking)}")
        return self


@dataclass(frozen=True, slots=True)
class Model:
    """A checked model folder, and how to use it.

    Attributes:
        variant: which of its graphs to use; empty for the float32 one.
        models: folder of the user's own models, where the locator is looked for first.
        runtime: runs the graphs; the first installed one if None.
        adaptation: to the signer who is read, by :func:`streamsign.recognition.adapted.adapted`; None for everyone.
    """

    info: ModelInfo
    folder: Path
    variant: str = ""
    models: Path | None = None
    runtime: Runtime | None = None
    adaptation: Adaptation | None = None

    @property
    def tflite_path(self) -> Path:
        """The network's file.

        Raises:
            ModelNotFound: it is the reader of a model that is not installed.
        """
        return self._graph_folder() / graph_file(self.variant)

    @property
    def spec(self) -> str:
        """The folder, and the variant if there is one: what :func:`load_model` takes to load the same graph."""
        folder = str(self.folder.resolve())
        return f"{folder}:{self.variant}" if self.variant else folder

    @property
    def sha256(self) -> str:
        """The graph's digest."""
        small = self.info.variants.get(self.variant)
        return self.info.model_sha256 if small is None else small.model_sha256

    @property
    def reader(self) -> Model | None:
        """The reader as a model with the same labels, for :class:`streamsign.recognition.classifier.LetterReader`.

        None if the folder has no reader.
        """
        info = self.info.reader
        if info is None or self.variant == READER:
            return None
        own = {
            "input": InputInfo(size=info.input_size),
            "thresholds": info.thresholds,
            "priors": info.priors,
            "confusion": info.confusion,
            "feature_distance": info.feature_distance,
            "model_sha256": info.model_sha256,
            "variants": {},
            "moving": {},
            "trained": info.trained,
        }
        return replace(self, info=self.info.model_copy(update=own), variant=READER)

    def _graph_folder(self) -> Path:
        owner = self.info.reader.model if self.variant == READER and self.info.reader is not None else None
        if owner is None:
            return self.folder
        beside = self.folder.resolve().parent / owner
        try:
            return beside if beside.is_dir() else find_folder(owner, self.models)
        except ModelNotFound as error:
            raise ModelNotFound(
                f"The model '{self.info.name}' uses the reader of the model '{owner}', which is not installed.",
                f'Copy the folder {owner} beside {self.folder}, or remove "reader" from its model.json.',
            ) from error


def training_shares(priors: Mapping[str, float], labels: Sequence[str]) -> list[float]:
    """Share of each label in a network's training, in the order of the labels; uniform without priors."""
    return [priors.get(label, 1 / len(labels)) for label in labels]


def graph_file(variant: str = "") -> str:
    """File name of a graph: ``model.tflite``, ``model.int8.tflite`` for the variant int8, ``reader.tflite``."""
    if variant == READER:
        return "reader.tflite"
    return f"model.{variant}.tflite" if variant else "model.tflite"


def model_names(models: Path | None = None) -> list[str]:
    """Names that :func:`load_model` finds, sorted."""
    return names(models)


def load_model(name: str, *, models: Path | None = None, runtime: Runtime | None = None) -> Model:
    """Find and check a model folder.

    Args:
        name: a name of a model, or the path of a model folder; ``:VARIANT`` behind it selects a smaller graph, and
            ``:reader`` the reader.
        models: folder of the user's own models; they go before the shipped ones.
        runtime: runs the graphs; the first installed one if None.

    Raises:
        ModelNotFound: the name, the folder or the variant does not exist.
        ModelInvalid: a file is missing or damaged, or model.json does not fit itself or the graph.
    """
    variant = ""
    try:
        folder = find_folder(name, models)
    except ModelNotFound:
        if ":" not in name:
            raise
        name, _, variant = name.rpartition(":")
        folder = find_folder(name, models)
    if not (folder / "model.json").exists() and (folder / "locator.json").exists():
        raise ModelNotFound(
            f"'{name}' finds hands and reads no letters.",
            "Name a model of letters, such as alphabet.",
        )
    info = read_document(folder / "model.json", ModelInfo)
    if (reader := Model(info, folder, models=models, runtime=runtime).reader) is not None:
        check_graph(reader.tflite_path, reader.sha256)
        if variant == READER:
            return reader
    if variant and variant not in info.variants:
        raise ModelNotFound(
            f"The model '{name}' has no variant '{variant}'.",
            f"It has {', '.join(info.variants) or 'only the float32 graph'}.",
        )
    model = Model(info, folder, variant, models, runtime)
    check_graph(model.tflite_path, model.sha256)
    return model

"""What a phone's browser needs to read letters itself: the graphs, and the parameters around them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pydantic import BaseModel, Field

from streamsign.recognition.drawn import DrawnRule
from streamsign.recognition.folders import find_folder, read_document
from streamsign.recognition.locate import LocatorInfo
from streamsign.recognition.model import Model, training_shares
from streamsign.recognition.pauses import PauseRule
from streamsign.recognition.pooling import merging
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.recognizer import drawn_rules
from streamsign.recognition.tuning import load_tuning
from streamsign.server.ondevice.corrections import CorrectionInfo, correction_file, exposed

LOCATOR = "hand"


class PatchInput(BaseModel):
    """How the classifier's patch is cut and turned into numbers."""

    size: int = Field(description="side of the patch, pixels")
    scale: float = Field(description="factor of a gray level")
    offset: float = Field(description="added to it")
    margin: float = Field(description="side of the patch over the hand's longer side")


class LargeReaderInfo(BaseModel):
    """The larger network."""

    size: int = Field(description="side of its patch, pixels")
    prior: list[float] = Field(description="share of each state in its training")
    merging: list[list[float]] = Field(description="how much each output counts for each state: outputs, then states")


class GraphInfo(BaseModel):
    """A TFLite graph."""

    sha256: str = Field(description="of the file; its address is /on-device/graphs/ and this")
    size: int = Field(description="side of its square input, pixels")
    bytes: int = Field(description="length of the file")


class OnDevice(BaseModel):
    """Parameters of the recognition core with the current model, for a phone that reads letters itself."""

    version: str = Field(description="changes with every parameter and graph")
    runtime: str = Field(description="version of LiteRT.js, whose files are below /on-device/runtime/")
    model: str = Field(description="the model's name")
    adapted: str = Field(description="identifies the adaptation to the room's signer; empty without one")
    states: list[str] = Field(description="none, then the letters: the order of posteriors")
    order: list[int] = Field(description="place of each state in the classifier's outputs")
    prior: list[float] = Field(description="share of each state in the classifier's training")
    threshold: float = Field(description="probability from which a hand is found")
    input: PatchInput
    confusion: list[list[float]] | None = Field(description="P(read | shown) of the states; null if not measured")
    tuning: dict[str, Any] = Field(description="parameters of gate, filter, speller and reader, as in temporal.json")
    reader: LargeReaderInfo | None = Field(description="null where the model has no larger network")
    letters: list[str] = Field(description="all letters that are read, those that are drawn among them")
    moving: dict[str, list[str]] = Field(description="letters that are drawn, with those that their hand looks like")
    drawn: dict[str, DrawnRule] = Field(description="how each of them is recognized, as in paths.json")
    pauses: PauseRule
    graphs: dict[str, GraphInfo] = Field(description="model, locator, and reader if there is one")
    corrections: dict[str, CorrectionInfo] = Field(description="by graph, if the model is adapted to the room's signer")


class OnDeviceModel(NamedTuple):
    """The document, and each file or its content by its SHA-256."""

    document: OnDevice
    files: dict[str, Path | bytes]


def on_device(model: Model, mode: ReaderMode, pauses: PauseRule, runtime: str) -> OnDeviceModel:
    """The document of a model and the files that it names.

    Args:
        model: reads the letters.
        mode: SMALL leaves the larger network out.
        pauses: of the room.
        runtime: version of LiteRT.js.

    Raises:
        ModelNotFound: the locator or the reader of another model is not installed.
        ModelInvalid: a document of the folders cannot be read.
    """
    info, tuning = model.info, load_tuning(model.folder)
    order = np.array([info.labels.index(label) for label in info.states])
    folder = find_folder(LOCATOR, model.models)
    locator = read_document(folder / "locator.json", LocatorInfo)
    paths = {"model": (model.tflite_path, model.sha256, info.input.size)}
    paths["locator"] = (folder / "model.tflite", locator.model_sha256, locator.size)
    large, reader = None if mode is ReaderMode.SMALL else model.reader, None
    if large is not None and large.info.reader is not None:
        own = large.info.reader
        paths["reader"] = (large.tflite_path, large.sha256, own.input_size)
        weights = merging(own.outputs or info.labels, info.labels, info.none_label, own.none_factor)[:, order]
        shares = training_shares(own.priors, info.states)
        reader = LargeReaderInfo(size=own.input_size, prior=shares, merging=weights.tolist())
    files: dict[str, Path | bytes] = {digest: path for path, digest, _ in paths.values()}
    graphs = {
        name: GraphInfo(sha256=digest, size=size, bytes=path.stat().st_size)
        for name, (path, digest, size) in paths.items()
    }
    corrections = {}
    adaptation = model.adaptation
    own_corrections = () if adaptation is None else adaptation.corrections
    for name, correction in zip(("model", "reader"), own_corrections, strict=False):  # none for an absent reader
        if name in paths:
            path, digest, size = paths[name]
            graph = exposed(path, digest)
            corrections[name], content = correction_file(correction, graph.head)
            graphs[name] = GraphInfo(sha256=graph.sha256, size=size, bytes=len(graph.content))
            files |= {graph.sha256: graph.content, corrections[name].sha256: content}
    document = OnDevice(
        version="",
        runtime=runtime,
        model=info.name,
        adapted="" if adaptation is None else adaptation.digest,
        states=info.states,
        order=order.tolist(),
        prior=training_shares(info.priors, info.states),
        threshold=info.hand.threshold,
        input=PatchInput(
            size=info.input.size, scale=info.input.scale, offset=info.input.offset, margin=info.framing.margin
        ),
        confusion=np.array(info.confusion)[np.ix_(order, order)].tolist() if info.confusion else None,
        tuning=tuning.model_dump(include={"gate", "rates", "rule", "reader"}),
        reader=reader,
        letters=info.alphabet,
        moving={letter: each.starts_from for letter, each in info.moving.items()},
        drawn=drawn_rules(model),
        pauses=pauses,
        graphs=graphs,
        corrections=corrections,
    )
    version = hashlib.sha256(document.model_dump_json().encode()).hexdigest()[:16]
    return OnDeviceModel(document.model_copy(update={"version": version}), files)

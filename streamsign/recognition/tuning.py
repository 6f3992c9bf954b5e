"""``temporal.json`` in a model folder: parameters of gate, filter and speller that were fitted to that model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from streamsign.recognition.folders import read_parameters
from streamsign.recognition.reader import ReaderPolicy
from streamsign.recognition.sharpness import Gate
from streamsign.recognition.speller import CommitRule
from streamsign.recognition.temporal import Rates

FILE = "temporal.json"


class Tuning(BaseModel):
    """How a model's frames become text. The defaults serve a model without fitted parameters."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format: int = Field(default=1, ge=1, le=1)
    gate: Gate = Gate()
    rates: Rates = Rates()
    rule: CommitRule = CommitRule()
    reader: ReaderPolicy = ReaderPolicy()
    fitted: dict[str, Any] = Field(default_factory=dict, description="command, model's hash, signers, figures")


def load_tuning(folder: Path) -> Tuning:
    """The parameters of a model folder; the defaults if it has no ``temporal.json``.

    Raises:
        ModelInvalid: the file cannot be read, or a value in it is invalid.
    """
    step = "Correct it, remove it to use the defaults, or fit it with `streamsign train --task temporal`."
    return read_parameters(folder / FILE, Tuning, step)

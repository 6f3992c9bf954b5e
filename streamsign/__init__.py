"""streamsign: point a camera at a signing hand and read the letters as live captions."""

from streamsign.errors import (
    AccessDenied,
    AddressInUse,
    ConnectionFailed,
    ModelError,
    ModelInvalid,
    ModelNotFound,
    OfferError,
    RuntimeUnavailable,
    SettingsError,
    SourceError,
    StreamsignError,
    TrainingError,
)
from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.model import Model, load_model, model_names
from streamsign.recognition.recognizer import Recognizer

__version__ = "0.1.0"

__all__ = [
    "AccessDenied",
    "AddressInUse",
    "Commit",
    "ConnectionFailed",
    "Model",
    "ModelError",
    "ModelInvalid",
    "ModelNotFound",
    "OfferError",
    "Reading",
    "Recognizer",
    "RuntimeUnavailable",
    "SettingsError",
    "SourceError",
    "StreamsignError",
    "TrainingError",
    "__version__",
    "load_model",
    "model_names",
]

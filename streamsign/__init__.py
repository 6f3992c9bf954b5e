"""streamsign: point a camera at a signing hand and read the letters as live captions.

The names here are imported when they are used.
"""

import importlib as _importlib
import typing as _typing

if _typing.TYPE_CHECKING:
    from streamsign.captions.events import Edit, Event, Hello, Letter, ModelChange, Partial, Status
    from streamsign.client.camera import publish
    from streamsign.client.captions import watch
    from streamsign.errors import (
        AccessDenied,
        AdaptationRefused,
        AddressInUse,
        CollectionError,
        CollectionFull,
        ConnectionFailed,
        ModelError,
        ModelInvalid,
        ModelNotFound,
        OfferError,
        RuntimeUnavailable,
        SettingsError,
        SourceError,
        StateUnavailable,
        StreamsignError,
        TrainingError,
    )
    from streamsign.recognition.events import Commit, Reading
    from streamsign.recognition.frame import Frame
    from streamsign.recognition.framing import Framing
    from streamsign.recognition.model import Model, load_model, model_names
    from streamsign.recognition.pauses import Pause, PauseRule
    from streamsign.recognition.reader import ReaderMode
    from streamsign.recognition.recognizer import Recognizer
    from streamsign.recognition.runtime import Runtime
    from streamsign.recognition.track import HandChoice
    from streamsign.settings import Settings, read_settings
    from streamsign.sources import Source, open_source

__version__ = "0.1.0"

__all__ = [
    "AccessDenied",
    "AdaptationRefused",
    "AddressInUse",
    "CollectionError",
    "CollectionFull",
    "Commit",
    "ConnectionFailed",
    "Edit",
    "Event",
    "Frame",
    "Framing",
    "HandChoice",
    "Hello",
    "Letter",
    "Model",
    "ModelChange",
    "ModelError",
    "ModelInvalid",
    "ModelNotFound",
    "OfferError",
    "Partial",
    "Pause",
    "PauseRule",
    "ReaderMode",
    "Reading",
    "Recognizer",
    "Runtime",
    "RuntimeUnavailable",
    "Settings",
    "SettingsError",
    "Source",
    "SourceError",
    "StateUnavailable",
    "Status",
    "StreamsignError",
    "TrainingError",
    "__version__",
    "load_model",
    "model_names",
    "open_source",
    "publish",
    "read_settings",
    "watch",
]

_MODULES = {
    "captions.events": ("Edit", "Event", "Hello", "Letter", "ModelChange", "Partial", "Status"),
    "client.camera": ("publish",),
    "client.captions": ("watch",),
    "recognition.events": ("Commit", "Reading"),
    "recognition.frame": ("Frame",),
    "recognition.framing": ("Framing",),
    "recognition.model": ("Model", "load_model", "model_names"),
    "recognition.pauses": ("Pause", "PauseRule"),
    "recognition.reader": ("ReaderMode",),
    "recognition.recognizer": ("Recognizer",),
    "recognition.runtime": ("Runtime",),
    "recognition.track": ("HandChoice",),
    "settings": ("Settings", "read_settings"),
    "sources": ("Source", "open_source"),
}
_WHERE = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'streamsign' has no attribute '{name}'")
    value: object = getattr(_importlib.import_module(f"streamsign.{_WHERE.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__

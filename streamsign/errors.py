"""Every error streamsign raises on purpose.

StreamsignError                  the root: str() says what happened, .next_step says what to do
├── SettingsError                a flag or a STREAMSIGN_* variable that makes no sense
├── ModelError                   a model folder that cannot be used
│   ├── ModelNotFound            no folder of that name
│   └── ModelInvalid             files, labels or shapes do not fit together
├── RuntimeUnavailable           no TFLite runtime, or not the one asked for
├── SourceError                  a camera, file or stream that gives no frames
├── TrainingError                training data or a checkpoint that cannot be used
├── CollectionError              collected hands that cannot be stored, read or imported
│   └── CollectionFull           the folder holds as many pictures as the settings allow
├── AdaptationRefused            pictures of a signer from which a model gets no better
├── OfferError                   an SDP offer the server cannot answer
├── AccessDenied                 a missing or wrong token
├── AddressInUse                 a port another program holds
├── ConnectionFailed             a server that cannot be reached or refuses us
└── StateUnavailable             state shared by the gateways of a cluster that cannot be changed now (an OSError, too)
"""

from __future__ import annotations


class StreamsignError(Exception):
    """An error that the user can fix.

    Args:
        problem: one sentence saying what is wrong, with the value that was seen.
        next_step: one sentence saying what to do about it; empty when the problem says it all.
    """

    def __init__(self, problem: str, next_step: str = "") -> None:
        super().__init__(problem if not next_step else f"{problem}\n  → {next_step}")
        self.problem = problem
        self.next_step = next_step


class SettingsError(StreamsignError):
    """A flag or a ``STREAMSIGN_*`` variable has a value that cannot be used."""


class ModelError(StreamsignError):
    """A model folder cannot be used."""


class ModelNotFound(ModelError):
    """A model of that name, or a folder at that path, does not exist."""


class ModelInvalid(ModelError):
    """A model folder is there, but its files, labels or shapes do not fit together."""


class RuntimeUnavailable(StreamsignError):
    """No TFLite runtime is installed, or not the one that the settings ask for."""


class SourceError(StreamsignError):
    """A camera, video file or stream gives no frames."""


class TrainingError(StreamsignError):
    """Training data, a manifest or a checkpoint cannot be used."""


class CollectionError(StreamsignError):
    """Collected hands cannot be stored or read, or an archive of them cannot be imported."""


class CollectionFull(CollectionError):
    """The folder holds as many collected pictures as the settings allow."""


class AdaptationRefused(StreamsignError):
    """A model is not adapted to a signer: the pictures are too few, or held-out ones would be read worse."""


class OfferError(StreamsignError):
    """An SDP offer is malformed, or has nothing in it the server can receive."""


class AccessDenied(StreamsignError):
    """A token is missing or wrong."""


class AddressInUse(StreamsignError):
    """Another program holds the port."""


class ConnectionFailed(StreamsignError):
    """A streamsign server cannot be reached, or refuses the connection."""


class StateUnavailable(StreamsignError, OSError):
    """State that the gateways of a cluster share cannot be changed now; it can be read.

    It is an OSError like those of the state folder, so that both are handled in the same places.
    """

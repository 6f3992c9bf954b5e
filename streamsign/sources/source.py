"""What every source of frames offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Self

from streamsign.recognition.frame import Frame


class Source(ABC):
    """Frames in order of time, to iterate over once; a context manager that closes itself.

    Attributes:
        duration_s: duration in seconds; None if it is not known.
        live: whether frames come at their own pace and what is not read in time is gone.
    """

    duration_s: float | None
    live: bool

    @abstractmethod
    def __iter__(self) -> Iterator[Frame]:
        """The frames; raises SourceError when the source breaks."""

    @abstractmethod
    def close(self) -> None:
        """Give the file or device back; closing twice changes nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

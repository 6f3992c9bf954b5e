"""A take: some seconds in which a signer holds one letter. Its pictures are in memory until somebody stores them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from streamsign.collection.crop import HandCrop
from streamsign.collection.folder import NewPicture
from streamsign.collection.manifest import Taken
from streamsign.collection.names import new_id
from streamsign.collection.selection import Drop, Selection
from streamsign.recognition.events import Reading
from streamsign.recognition.frame import Luma

TAKE_S = 3.0
"""Usual duration of a take, seconds."""


class Prompt(StrEnum):
    """What the signer is asked for, so that pictures differ as they will when the model is used."""

    PLAIN = ""
    NEAR = "near"
    FAR = "far"
    LEFT = "left"
    RIGHT = "right"
    LIGHT = "light"
    SIDE = "side"


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose hand it is and what films it; see :class:`~streamsign.collection.manifest.Taken`."""

    source: str
    signer: str
    room: str = ""
    device: str = ""
    device_id: str = ""


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class Take:
    """Chooses the pictures of one take.

    Not thread-safe.

    Args:
        selection: of the signer; a take of a letter does not repeat pictures of earlier takes.
        origin: is stored with each picture.
        letter: label of the pictures.
        prompt: is stored with each picture.
        clock: the time in UTC, called once a picture.
    """

    def __init__(
        self,
        selection: Selection,
        origin: Origin,
        letter: str,
        prompt: Prompt = Prompt.PLAIN,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.letter = letter
        self.pictures: list[NewPicture] = []
        """The pictures chosen so far."""
        self._selection = selection
        self._origin = origin
        self._prompt = prompt
        self._clock = clock
        selection.start(letter)

    @property
    def dropped(self) -> Counter[Drop]:
        """Quarter seconds from which no frame was kept, by reason."""
        return self._selection.dropped

    def offer(self, luma: Luma, reading: Reading, at_s: float, *, limited_range: bool = False) -> None:
        """Take in the next frame; see :meth:`Selection.offer`."""
        self._keep(self._selection.offer(luma, reading, at_s, limited_range=limited_range))

    def finish(self) -> None:
        """Take in that no more frames come."""
        self._keep(self._selection.finish())

    def _keep(self, crop: HandCrop | None) -> None:
        if crop is None:
            return
        origin = self._origin
        taken = Taken(
            id=new_id(),
            room=origin.room,
            device=origin.device,
            device_id=origin.device_id,
            at=f"{self._clock():%Y-%m-%dT%H:%M:%SZ}",
            prompt=self._prompt,
            light=crop.light,
            sharpness=crop.sharpness,
        )
        self.pictures.append(NewPicture(crop, origin.source, origin.signer, self.letter, taken))

"""The devices that were paired: what they are, until when they may send, and which were disconnected by hand.

Kept in the state folder, so that the list and a disconnection survive a restart as sessions do. A device that is on no
list (the file was lost) keeps its session: the token itself says what it may do.
"""

from __future__ import annotations

import contextlib
import logging
import re
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from streamsign.state.grants import PHONE_LIFE_S, new_holder
from streamsign.state.private import keep_private, write_private

logger = logging.getLogger(__name__)

_KINDS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android phone"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows computer"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux computer"),
)
_BROWSERS = (("Edg", "Edge"), ("Firefox|FxiOS", "Firefox"), ("Chrome|CriOS", "Chrome"), ("Safari", "Safari"))


class Device(BaseModel):
    """A paired device. Times are Unix seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    id: str = Field(description="its random name, part of its session token")
    kind: str = Field(description="what it says it is, in words")
    browser: str = Field(default="", description="and with which browser it was paired")
    room: str
    paired_s: float
    expires_s: float
    barred: bool = Field(default=False, description="whether it was disconnected by hand")


_listed: TypeAdapter[list[Device]] = TypeAdapter(list[Device])


class Devices:
    """The list of paired devices. Those whose session has ended are removed.

    Args:
        file: where it is kept.
        clock: Unix seconds.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._clock = clock
        self._unsaved = False
        listed = _read(file)
        self.lost = listed is None
        """Whether the list was not there, or damaged: who was disconnected is not known any more."""
        self._by_id = {device.id: device for device in listed or []}
        if self.lost:
            with contextlib.suppress(OSError):  # said by the first change that is to be kept
                self._write()

    def __contains__(self, device_id: str) -> bool:
        """Whether a device was paired, disconnected or not."""
        return device_id in self._by_id

    def add(self, room: str, user_agent: str) -> Device:
        """A device was paired with a room."""
        now_s = self._clock()
        device = Device(
            id=new_holder(),
            kind=kind_of(user_agent),
            browser=browser_of(user_agent),
            room=room,
            paired_s=now_s,
            expires_s=now_s + PHONE_LIFE_S,
        )
        self._by_id[device.id] = device
        try:
            self._write()
        except OSError as error:  # a phone that shows its code is not turned away
            logger.warning("%s cannot be written (%s); the device is not listed after a restart", self._file, error)
        return device

    def bar(self, device_id: str) -> bool:
        """Take a device's session from it; False when there is no such device.

        Raises:
            OSError: it cannot be kept. The device is barred until the next start.
        """
        device = self._by_id.get(device_id)
        if device is None or (device.barred and not self._unsaved):
            return False
        self._by_id[device_id] = device.model_copy(update={"barred": True})
        self._write()  # before anybody is answered: a restart must not let it in again
        return True

    def is_barred(self, device_id: str) -> bool:
        """Whether a device was disconnected by hand."""
        device = self._by_id.get(device_id)
        return device is not None and device.barred

    def paired(self) -> list[Device]:
        """The devices that may send now, the one paired last first."""
        now_s = self._clock()
        allowed = [device for device in self._by_id.values() if not device.barred and device.expires_s > now_s]
        return sorted(allowed, key=lambda device: -device.paired_s)

    def _write(self) -> None:
        now_s = self._clock()
        self._by_id = {name: device for name, device in self._by_id.items() if device.expires_s > now_s}
        self._unsaved = True
        write_private(self._file, _listed.dump_json(list(self._by_id.values()), indent=2))
        self._unsaved = False


def _read(file: Path) -> list[Device] | None:
    """The devices in a file; None when there is none, or it is damaged."""
    try:
        keep_private(file)
        return _listed.validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        logger.warning("%s cannot be read (%s); all phones have to pair again", file, type(error).__name__)
        return None


def kind_of(user_agent: str) -> str:
    """The kind of a device, from its ``User-Agent`` header."""
    return next((words for mark, words in _KINDS if mark in user_agent), "Device")


def browser_of(user_agent: str) -> str:
    """The browser's name; empty where the ``User-Agent`` has none that is known."""
    return next((name for mark, name in _BROWSERS if re.search(mark, user_agent)), "")

"""The names that the owner gives to rooms. The address of a room keeps its first name, so that links stay valid."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints, TypeAdapter, ValidationError

from streamsign.captions.protocol import ROOM_PATTERN
from streamsign.captions.rooms import MAX_ROOMS
from streamsign.state.private import keep_private, write_private

logger = logging.getLogger(__name__)

MAX_TITLE = 40
"""Most characters of a room's title."""

Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_TITLE)]
"""A title as it is given: without spaces at its ends."""

_Room = Annotated[str, StringConstraints(pattern=f"^{ROOM_PATTERN.pattern}$")]
_titles: TypeAdapter[dict[str, str]] = TypeAdapter(dict[_Room, Title])


class Titles:
    """The rooms' titles, kept in a file. A damaged file counts as an empty one.

    Args:
        file: where they are kept.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._by_room = _read(file)

    def of(self, room: str) -> str:
        """The title of a room; its name where the owner gave none."""
        return self._by_room.get(room, room)

    def rooms(self) -> set[str]:
        """Names of the rooms that have a title."""
        return set(self._by_room)

    def give(self, room: str, title: str) -> None:
        """Give a room a title; an empty one, or the room's own name, removes it.

        Of more than :data:`MAX_ROOMS` titles the oldest is dropped.

        Raises:
            OSError: the titles cannot be written. This one is kept in memory until the next start.
        """
        self._by_room.pop(room, None)
        if title not in ("", room):
            self._by_room[room] = title
        for oldest in list(self._by_room)[:-MAX_ROOMS]:
            del self._by_room[oldest]
        write_private(self._file, _titles.dump_json(self._by_room, indent=2))


def _read(file: Path) -> dict[str, str]:
    try:
        keep_private(file)
        return _titles.validate_json(file.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        logger.warning("%s cannot be read (%s); rooms have the names of their addresses", file, type(error).__name__)
        return {}

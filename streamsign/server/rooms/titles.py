"""The names that the owner gives to rooms. The address of a room keeps its first name, so that links stay valid."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints, TypeAdapter

from streamsign.captions.rooms import MAX_ROOMS
from streamsign.room_names import ROOM_PATTERN
from streamsign.state.folder import FolderTable
from streamsign.state.tables import Table

MAX_TITLE = 40
"""Most characters of a room's title."""

Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_TITLE)]
"""A title as it is given: without spaces at its ends."""

_Room = Annotated[str, StringConstraints(pattern=f"^{ROOM_PATTERN.pattern}$")]
_titles: TypeAdapter[dict[str, str]] = TypeAdapter(dict[_Room, Title])


def titles_file(file: Path) -> FolderTable[str]:
    """The titles in a file. A damaged file counts as an empty one."""
    return FolderTable(
        file,
        _titles.validate_json,
        lambda titles: _titles.dump_json(titles, indent=2),
        "; rooms have the names of their addresses",
    )


class Titles:
    """The rooms' titles.

    Args:
        table: where they are kept.
    """

    def __init__(self, table: Table[str]) -> None:
        self._table = table

    def of(self, room: str) -> str:
        """The title of a room; its name where the owner gave none."""
        return self._table.get(room) or room

    def rooms(self) -> set[str]:
        """Names of the rooms that have a title."""
        return set(self._table.entries())

    async def give(self, room: str, title: str) -> None:
        """Give a room a title; an empty one, or the room's own name, removes it.

        Of more than :data:`MAX_ROOMS` titles the oldest is dropped.

        Raises:
            OSError: the titles cannot be stored. This one applies until the next start, or is stored with the next one.
        """
        await self._table.update(room, lambda _: None if title in ("", room) else title, hold="title")
        for oldest in list(self._table.entries())[:-MAX_ROOMS]:
            await self._table.update(oldest, lambda _: None)

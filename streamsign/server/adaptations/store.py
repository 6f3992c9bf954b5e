"""The adaptation of each room, in the state folder: kept until it is deleted."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from streamsign.errors import ModelError
from streamsign.recognition.adaptation import Adaptation, read_adaptation
from streamsign.recognition.adapted import adapted, graphs
from streamsign.recognition.model import Model
from streamsign.state.private import write_private

logger = logging.getLogger(__name__)


class RoomAdaptations:
    """One adaptation a room at most. Methods wait for the disk: call them in a thread.

    Args:
        folder: holds ``ROOM.npz`` files; made when the first one is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Adaptation | None] = {}
        self._lock = threading.Lock()  # else a file that is read while it is deleted would be known for ever

    def of(self, room: str) -> Adaptation | None:
        """Return the adaptation of a room, or None if the room has none or its file is damaged."""
        with self._lock:
            if room not in self._known:
                file = self._file(room)
                try:
                    self._known[room] = read_adaptation(file) if file.is_file() else None
                except ModelError as error:
                    logger.warning("the adaptation of a room is not used room=%s problem=%r", room, error.problem)
                    self._known[room] = None
            return self._known[room]

    def put(self, room: str, adaptation: Adaptation) -> None:
        """Store the adaptation of a room instead of the former one.

        Raises:
            OSError: the file cannot be written; the former one stays.
        """
        with self._lock:
            write_private(self._file(room), adaptation.to_bytes())
            self._known[room] = adaptation

    def delete(self, room: str) -> bool:
        """Delete the adaptation of a room. Returns whether it had one.

        Raises:
            OSError: the file cannot be deleted.
        """
        with self._lock:
            there = self._file(room).is_file()
            self._file(room).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # the folder has other adaptations, or does not exist
                self._folder.rmdir()
            self._known[room] = None
        return there

    def delete_where(self, wanted: Callable[[str, Adaptation | None], bool]) -> list[str]:
        """Delete the adaptations of the rooms that ``wanted`` selects.

        Args:
            wanted: called with the room and its adaptation, which is None if the file is damaged.

        Returns:
            The rooms whose adaptation was deleted.

        Raises:
            OSError: a file cannot be deleted.
        """
        rooms = [file.stem for file in sorted(self._folder.glob("*.npz"))]
        return [room for room in rooms if wanted(room, self.of(room)) and self.delete(room)]

    def model_for(self, room: str, model: Model) -> Model:
        """Return the model that reads a room: adapted if the room's adaptation was made for it."""
        adaptation = self.of(room)
        return model if adaptation is None or not fits(adaptation, model) else adapted(model, adaptation)

    def digest_for(self, room: str, model: Model) -> str:
        """Return the digest of the adaptation with which a room is read; empty without one."""
        adaptation = self.of(room)
        return "" if adaptation is None or not fits(adaptation, model) else adaptation.digest

    def _file(self, room: str) -> Path:
        return self._folder / f"{room}.npz"


def fits(adaptation: Adaptation, model: Model) -> bool:
    """Return whether an adaptation was made for this model. A variant of the model does not count."""
    return not model.variant and graphs(model.info) == adaptation.sha256

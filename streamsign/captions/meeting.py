"""Captions where calls happen: lines for a meeting's caption address, which takes text and cannot take it back."""

from __future__ import annotations

from streamsign.captions.events import Edit, Letter
from streamsign.captions.formats import LINE_LENGTH

PAUSE_S = 2.0
"""Silence after which what was spelled is sent without waiting for a space: longer than between two letters."""


class MeetingLines:
    """Gathers letters until they make a line worth sending: at a space, when a caption row is full, or at a pause.

    Pure: the time comes with each call. A backspace takes back what was not sent yet, and nothing more.
    """

    def __init__(self) -> None:
        self._waiting = ""
        self._changed_s = 0.0

    def change(self, event: Letter | Edit, at_s: float) -> list[str]:
        """Take a change of the text in; the lines that are ready now."""
        self._changed_s = at_s
        if isinstance(event, Letter):
            self._waiting += event.letter
        elif event.action == "space":
            return self._send()
        elif event.action == "backspace" or (event.action == "undo" and event.text.endswith(self._waiting[:-1])):
            self._waiting = self._waiting[:-1]
        elif event.action == "replace" and self._waiting:
            self._waiting = event.text.rpartition(" ")[2]
        else:
            self._waiting = ""
        return self._send() if len(self._waiting) >= LINE_LENGTH or self._waiting.endswith(" ") else []

    def tick(self, at_s: float) -> list[str]:
        """The line that a pause has made ready."""
        return self._send() if at_s - self._changed_s >= PAUSE_S else []

    def finish(self) -> list[str]:
        """What is left."""
        return self._send()

    def _send(self) -> list[str]:
        line, self._waiting = self._waiting.strip(), ""
        return [line] if line else []

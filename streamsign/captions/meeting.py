"""Lines for a meeting's caption address, which accepts text and no corrections."""

from __future__ import annotations

from streamsign.captions.events import Edit, Letter
from streamsign.captions.formats import LINE_LENGTH
from streamsign.captions.log import current_word

PAUSE_S = 2.0
"""Pause after which the letters are sent without waiting for a space: longer than between two letters."""


class MeetingLines:
    """Collects letters into lines. A line ends with a word, at a full caption row, or at a pause.

    Pure: time is an argument. A backspace removes letters that were not sent yet.
    """

    def __init__(self) -> None:
        self._waiting = ""
        self._changed_s = 0.0

    def change(self, event: Letter | Edit, at_s: float) -> list[str]:
        """Take in a change of the text; return the lines that are ready."""
        self._changed_s = at_s
        if isinstance(event, Letter):
            self._waiting += event.letter
        elif event.action in ("space", "line"):
            return self._send()
        elif event.action == "backspace" or (event.action == "undo" and event.text.endswith(self._waiting[:-1])):
            self._waiting = self._waiting[:-1]
        elif event.action == "replace" and self._waiting:
            self._waiting = event.text[slice(*current_word(event.text))]
        else:
            self._waiting = ""
        return self._send() if len(self._waiting) >= LINE_LENGTH or self._waiting.endswith(" ") else []

    def tick(self, at_s: float) -> list[str]:
        """The line that is ready after a pause."""
        return self._send() if at_s - self._changed_s >= PAUSE_S else []

    def finish(self) -> list[str]:
        """The remaining line."""
        return self._send()

    def _send(self) -> list[str]:
        line, self._waiting = self._waiting.strip(), ""
        return [line] if line else []

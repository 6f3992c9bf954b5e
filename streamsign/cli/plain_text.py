"""Letters as plain text, written as they come."""

from __future__ import annotations

from collections import deque
from typing import TextIO

from streamsign.captions.events import Edit, Letter

HELD_BACK_S = 5.0
"""How long a file's letters wait for a drawn letter that takes their place: longer than a drawing and its first
shape. In the spelled films the longest time from a letter to the J that replaced it is 3.04 s."""


class PlainText:
    """Writes letters and the ends of words. Pure but for its output: time is that of the letters.

    Args:
        out: where the text goes.
        held_back_s: how long a letter waits until it is written; 0 writes it at once, and erases it as on a terminal if
            it is removed.
    """

    def __init__(self, out: TextIO, held_back_s: float) -> None:
        self._out = out
        self._held_back_s = held_back_s
        self._held: deque[tuple[float, str]] = deque()
        self._between = ""

    def change(self, event: Letter | Edit) -> None:
        """Take in a letter, the end of a word or line, or the removal of the newest letter."""
        if isinstance(event, Letter):
            # The space is written with the next letter, so that no line ends with one.
            self._held.append((event.captured_s, self._between + event.letter))
            self._between = ""
        elif event.action != "backspace":
            self._between = "\n" if event.action == "line" else " "
        elif self._held:
            self._between = self._held.pop()[1][:-1]
        else:
            self._out.write("\b \b")
        if self._held_back_s == 0:
            self.tick(float("inf"))

    def tick(self, at_s: float) -> None:
        """Write the letters that can no longer be replaced."""
        while self._held and at_s - self._held[0][0] >= self._held_back_s:
            self._out.write(self._held.popleft()[1])
            self._out.flush()

    def finish(self) -> None:
        """Write the rest and end the line."""
        self.tick(float("inf"))
        self._out.write("\n")

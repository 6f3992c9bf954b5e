"""A limit of the edits of one holder of a grant: each is stored and sent to every viewer."""

from __future__ import annotations

import math
from collections import OrderedDict

from streamsign.server.http.problems import Problem
from streamsign.webrtc.pace import Pace

BURST_S = 4.0
"""Seconds' worth of edits that may follow each other at once."""

CHARACTERS_OF_ONE = 500
"""An edit that writes more counts as several: a text of 10,000 characters as 21."""

MAX_KEPT = 4096
"""Holders that are remembered; of more, the ones that edited last."""


class EditPace:
    """Counts edits by room and holder. Pure: time is an argument.

    Args:
        per_s: edits a second.
    """

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._paces: OrderedDict[tuple[str, str], Pace] = OrderedDict()

    def count(self, room: str, holder: str, characters: int, now_s: float) -> None:
        """Count an edit that writes so many characters; ``now_s`` never decreases.

        Raises:
            Problem: 429, there are too many.
        """
        pace = self._paces.setdefault((room, holder), Pace(self._per_s, BURST_S * self._per_s))
        self._paces.move_to_end((room, holder))
        while len(self._paces) > MAX_KEPT:
            self._paces.popitem(last=False)
        wait_s = pace.wait_s(now_s, 1 + characters // CHARACTERS_OF_ONE)
        if wait_s > 0:
            seconds = math.ceil(wait_s)
            raise Problem(
                429,
                "too_many_edits",
                f"More than {self._per_s:g} edits a second came from this link or phone.",
                f"Wait {seconds} s; then edit again.",
                {"Retry-After": str(seconds)},
            )

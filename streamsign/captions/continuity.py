"""Which camera continues another one, and how long nobody could be read between the two. Pure: time is an argument.

A phone that loses its connection or its worker connects again as another session. What it filmed meanwhile was not
read: that time is not a pause of its signer.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

MAX_LINK_S = 60.0
"""Longest time without a frame that counts as an interruption. After a longer one the signer begins a word."""

MAX_SESSIONS = 256
"""Most sessions that are remembered. The one that was noted longest ago is dropped beyond that."""


@dataclass(slots=True)
class _Session:
    former: str = ""
    first_s: float | None = None
    last_s: float | None = None


class Continuity:
    """The sessions of a room. Times are capture times on the room's clock, seconds."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, _Session] = OrderedDict()

    def saw(self, session: str, captured_s: float) -> None:
        """Note a frame that was read."""
        known = self._named(session)
        if known.first_s is None:
            known.first_s = captured_s
        known.last_s = max(captured_s, known.last_s or captured_s)

    def follow(self, session: str, former: str, until_s: float | None = None) -> None:
        """Note that a session continues a former one.

        Args:
            session: the new one.
            former: its name; empty if it continues none.
            until_s: time of a frame of the former session that another process read; None if none is known.
        """
        if not former:
            return
        self._named(session).former = former
        known = self._named(former)
        if until_s is not None:
            known.last_s = max(until_s, known.last_s or until_s)

    def former_of(self, session: str) -> str:
        """The session that another one continues; empty if none is known."""
        return self._sessions.get(session, _Session()).former

    def unseen_s(self, former: str, since_s: float, session: str, until_s: float) -> float:
        """Time from ``since_s`` to ``until_s`` in which no frame of the signer was read, seconds.

        It is 0 if ``session`` does not continue ``former``, and after an interruption longer than :data:`MAX_LINK_S`.
        Where the last frame of a session is not known, it is the one at ``since_s``.

        Args:
            former: session that the signer had at ``since_s``.
            since_s: its letter.
            session: session that the signer has at ``until_s``.
            until_s: its letter.
        """
        unseen_s, after, passed = 0.0, session, {session}
        while after != former:
            later = self._sessions.get(after, _Session())
            if not later.former or later.former in passed:
                return 0.0
            passed.add(later.former)
            last_s = self._sessions.get(later.former, _Session()).last_s
            begin_s = since_s if last_s is None else max(since_s, last_s)
            end_s = until_s if later.first_s is None else min(until_s, later.first_s)
            if end_s - begin_s > MAX_LINK_S:
                return 0.0
            unseen_s += max(0.0, end_s - begin_s)
            after = later.former
        return unseen_s

    def _named(self, session: str) -> _Session:
        known = self._sessions.setdefault(session, _Session())
        self._sessions.move_to_end(session)
        while len(self._sessions) > MAX_SESSIONS:
            self._sessions.popitem(last=False)
        return known

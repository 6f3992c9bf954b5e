"""server/grants/sessions.py: tokens that say what they open, signed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streamsign.server.grants.sessions import LIFE_S, SessionTokens

ROOMS = st.from_regex(r"\A[A-Za-z0-9_-]{1,64}\Z")


@given(ROOMS, st.integers(0, 2**33))
def test_a_token_says_its_room_until_its_end(room: str, now: int) -> None:
    """It is read back by the same key, also after a restart, and by no other; after twelve hours by none."""
    clock = [float(now)]
    token = SessionTokens(b"key", lambda: clock[0]).make(room)
    restarted = SessionTokens(b"key", lambda: clock[0])
    session = restarted.read(token)
    assert session is not None
    assert (session.room, session.expires_s) == (room, now + LIFE_S)
    assert SessionTokens(b"other", lambda: clock[0]).read(token) is None
    clock[0] += LIFE_S
    assert restarted.read(token) is None


@given(st.text(max_size=200))
def test_any_other_text_is_no_token(text: str) -> None:
    """Whatever it holds, surrogates and dots among it, it is refused and nothing is raised."""
    assert SessionTokens(b"key", lambda: 0.0).read(text) is None


@given(ROOMS, st.integers(0, 10**6), st.characters())
def test_a_changed_token_is_no_token(room: str, place: int, character: str) -> None:
    """One character changed anywhere makes it worthless."""
    tokens = SessionTokens(b"key", lambda: 0.0)
    token = tokens.make(room)
    at = place % len(token)
    changed = token[:at] + character + token[at + 1 :]
    assert changed == token or tokens.read(changed) is None

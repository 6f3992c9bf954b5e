"""state/grants.py: tokens that say what they allow, signed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.state.grants import EDITOR, EVERY_ROOM, PHONE, PHONE_LIFE_S, Grant, Right, Signer

ROOMS = st.from_regex(r"\A[A-Za-z0-9_-]{1,64}\Z") | st.just(EVERY_ROOM)
RIGHTS = st.sets(st.sampled_from(Right), min_size=1)


@given(RIGHTS, ROOMS, st.integers(0, 2**33))
def test_a_token_says_what_it_allows_until_its_end(rights: set[Right], room: str, now: int) -> None:
    """It is read back by the same key, also after a restart, and by no other; after its end by none."""
    clock = [float(now)]
    token = Signer(b"key", lambda: clock[0]).make(rights, room, PHONE_LIFE_S, "phone")
    restarted = Signer(b"key", lambda: clock[0])
    assert restarted.read(token) == Grant(frozenset(rights), room, "phone", now + PHONE_LIFE_S)
    assert Signer(b"other", lambda: clock[0]).read(token) is None
    clock[0] += PHONE_LIFE_S
    assert restarted.read(token) is None


@given(st.text(max_size=200))
def test_any_other_text_is_no_token(text: str) -> None:
    """Whatever it holds, surrogates and dots among it, it is refused and nothing is raised."""
    assert Signer(b"key", lambda: 0.0).read(text) is None


@given(RIGHTS, ROOMS, st.integers(0, 10**6), st.characters())
def test_a_changed_token_is_no_token(rights: set[Right], room: str, place: int, character: str) -> None:
    """One character changed anywhere makes it worthless."""
    signer = Signer(b"key", lambda: 0.0)
    token = signer.make(rights, room, 60)
    at = place % len(token)
    changed = token[:at] + character + token[at + 1 :]
    assert changed == token or signer.read(changed) is None


def test_a_revoked_token_is_no_token() -> None:
    """Its holder is looked up each time it is read."""
    revoked: set[str] = set()
    signer = Signer(b"key", lambda: 0.0, lambda grant: grant.holder in revoked)
    token = signer.make(PHONE, "main", 60, "phone")
    assert signer.read(token) is not None
    revoked.add("phone")
    assert signer.read(token) is None


@pytest.mark.parametrize(
    ("rights", "room", "right", "asked", "allowed"),
    [
        (PHONE, "left", Right.PUBLISH, "left", True),
        (PHONE, "left", Right.VIEW, "left", True),
        (PHONE, "left", Right.EDIT, "left", True),
        (PHONE, "left", Right.OWNER, "left", False),
        (PHONE, "left", Right.PUBLISH, "right", False),
        (PHONE, "left", Right.PUBLISH, EVERY_ROOM, False),
        (EDITOR, "left", Right.EDIT, "left", True),
        (EDITOR, "left", Right.PUBLISH, "left", False),
        ((Right.VIEW,), "left", Right.EDIT, "left", False),
        ((Right.VIEW,), EVERY_ROOM, Right.VIEW, "left", True),
        ((Right.OWNER,), EVERY_ROOM, Right.EDIT, "left", True),
        (EDITOR, EVERY_ROOM, Right.OWNER, EVERY_ROOM, False),
    ],
)
def test_a_grant_allows_its_own_rights_in_its_own_room(
    rights: tuple[Right, ...], room: str, right: Right, asked: str, allowed: bool
) -> None:
    """Nothing is allowed beside what it says, but an owner may do everything."""
    assert Grant(frozenset(rights), room, "holder", 0).allows(right, asked) is allowed

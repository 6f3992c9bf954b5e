"""server/cameras/fragment.py: trickle ICE fragments."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streamsign.server.cameras.fragment import parse_fragment

CANDIDATE = "candidate:1 1 UDP 2130706431 192.168.1.7 50000 typ host"


def test_candidates_belong_to_the_section_above_them() -> None:
    """Each candidate has the mid of the last a=mid line, and 0 before the first."""
    text = f"a=ice-ufrag:abcd\r\na=ice-pwd:x\r\na={CANDIDATE}\r\na=mid:1\r\na={CANDIDATE}\r\na=end-of-candidates\r\n"
    assert parse_fragment(text) == ("abcd", [("0", CANDIDATE), ("1", CANDIDATE)])


def test_an_empty_fragment_has_nothing() -> None:
    """Without lines there is neither a user fragment nor a candidate."""
    assert parse_fragment("") == (None, [])


@given(st.text())
def test_any_text_is_parsed(text: str) -> None:
    """No text raises, and every candidate begins as one."""
    _, candidates = parse_fragment(text)
    assert all(candidate.startswith("candidate:") for _, candidate in candidates)

"""Refusals as problem documents."""

import json

from hypothesis import given
from hypothesis import strategies as st

from streamsign.server.problems import MEDIA_TYPE, problem


@given(st.integers(400, 599), st.text(max_size=40), st.text(max_size=80), st.text(max_size=80))
def test_a_refusal_says_everything_again(status: int, reason: str, words: str, next_step: str) -> None:
    """Whatever the words are, a program reads them back whole, under RFC 9457's media type."""
    answer = problem(status, reason, words, next_step, {"Retry-After": "5"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.headers["retry-after"] == "5"
    told = json.loads(bytes(answer.body))
    assert told == {"title": words, "status": status, "reason": reason, "next_step": next_step}

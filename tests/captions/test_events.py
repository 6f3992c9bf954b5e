"""The messages viewers receive, as JSON and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from streamsign.captions.events import Edit, Hello, Letter, Partial, Status, event_adapter

_TIMES = st.floats(0, 1e6, allow_nan=False)
_SHARES = st.floats(0, 1)
_EVENTS = st.one_of(
    st.builds(Hello, last_seq=st.integers(0, 10**9)),
    st.builds(Partial, confidence=_SHARES, sharpness=_SHARES, at_s=_TIMES),
    st.builds(
        Letter,
        seq=st.integers(1, 10**9),
        confidence=_SHARES,
        started_s=_TIMES,
        committed_s=_TIMES,
        stages_ms=st.dictionaries(st.text(max_size=8), _TIMES, max_size=6),
    ),
    st.builds(Edit, seq=st.integers(1, 10**9), at_s=_TIMES),
    st.builds(Status, at_s=_TIMES),
)


@given(_EVENTS)
def test_every_event_survives_json(event: Hello | Partial | Letter | Edit | Status) -> None:
    """An event read back from its JSON is the same event of the same type."""
    assert event_adapter.validate_json(event.model_dump_json()) == event


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"applause"}',
        '{"type":"edit","seq":0,"action":"clear","text":"","at_s":1}',
        '{"type":"edit","seq":1,"action":"shout","text":"","at_s":1}',
        '{"type":"status","session":"a","state":"live","at_s":1,"mood":"good"}',
    ],
)
def test_what_the_protocol_does_not_know_is_refused(text: str) -> None:
    """An unknown type, number, action or field is an error and never half an event."""
    with pytest.raises(ValidationError):
        event_adapter.validate_json(text)


def test_a_sent_event_does_not_change() -> None:
    """Events are handed to many viewers at once, so nobody can alter one."""
    event = Edit(seq=1, action="space", text=" ", at_s=0.5)
    with pytest.raises(ValidationError, match="frozen"):
        event.text = "x"

"""The messages viewers receive, as JSON and back."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from streamsign.captions.events import (
    Edit,
    Event,
    Hello,
    Letter,
    Painted,
    Partial,
    Pong,
    Status,
    event_adapter,
    report_adapter,
)
from streamsign.captions.ledger import Ledger

_TIMES = st.floats(0, 1e6, allow_nan=False)
_SHARES = st.floats(0, 1)
_EVENTS = st.one_of(
    st.builds(Hello, last_seq=st.integers(0, 10**9)),
    st.builds(Partial, confidence=_SHARES, sharpness=_SHARES, captured_s=_TIMES),
    st.builds(
        Letter,
        seq=st.integers(1, 10**9),
        confidence=_SHARES,
        started_s=_TIMES,
        captured_s=_TIMES,
        ledger=st.builds(Ledger, *[st.none() | _TIMES] * 14),
    ),
    st.builds(Edit, seq=st.integers(1, 10**9), at_s=_TIMES),
    st.builds(Status, at_s=_TIMES),
)


@given(_EVENTS)
def test_every_event_survives_json(event: Hello | Partial | Letter | Edit | Status) -> None:
    """An event read back from its JSON is the same event of the same type."""
    assert event_adapter.validate_json(event.model_dump_json()) == event


@given(
    st.one_of(
        st.builds(Pong, id=st.integers(1, 10**9), received_s=_TIMES, answered_s=_TIMES),
        st.builds(Painted, seq=st.integers(1, 10**9), at_s=_TIMES),
    )
)
def test_every_report_survives_json(report: Pong | Painted) -> None:
    """Messages of a viewer are parsed to their types."""
    assert report_adapter.validate_json(report.model_dump_json()) == report


_NOT_FINITE = st.sampled_from(["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])


@given(_EVENTS, st.data())
def test_an_event_with_a_number_that_is_not_finite_is_refused(event: Event, data: st.DataObject) -> None:
    """Infinity and NaN are invalid in every number of a message, including the ledger."""
    text = event.model_dump_json(exclude={"stages_ms"})
    numbers = list(re.finditer(r"(?<=:)-?\d+\.\d+(e[+-]?\d+)?(?=[,}])", text))
    assume(numbers)
    number = data.draw(st.sampled_from(numbers))
    with pytest.raises(ValidationError):
        event_adapter.validate_json(text[: number.start()] + data.draw(_NOT_FINITE) + text[number.end() :])


@pytest.mark.parametrize("field", ["received_s", "answered_s"])
@given(_NOT_FINITE)
def test_a_pong_without_a_finite_time_is_refused(field: str, value: str) -> None:
    """A camera's and a viewer's clock exchange takes finite times only."""
    text = Pong(id=1, received_s=1.5, answered_s=1.5).model_dump_json()
    with pytest.raises(ValidationError):
        report_adapter.validate_json(text.replace(f'"{field}":1.5', f'"{field}":{value}'))


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"applause"}',
        '{"type":"painted","seq":1,"at_s":null}',
        '{"type":"painted","seq":0,"at_s":1}',
        '{"type":"painted","seq":1,"at_s":1e999}',
        '{"type":"pong","id":1,"received_s":1}',
    ],
)
def test_a_report_that_says_no_time_is_refused(text: str) -> None:
    """A viewer's report is whole and finite, or it is none."""
    with pytest.raises(ValidationError):
        report_adapter.validate_json(text)


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
    """Events are shared by all viewers, so they are immutable."""
    event = Edit(seq=1, action="space", text=" ", at_s=0.5)
    with pytest.raises(ValidationError, match="frozen"):
        event.text = "x"

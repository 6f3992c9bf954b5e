"""Which sessions use the reader under load; in virtual time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.server.cameras.reader_budget import HIGH, LOW, RESTORE_AFTER_S, SATURATED, ReaderBudget

SESSIONS = ["first", "second", "third"]


def test_one_session_at_a_time_falls_back_the_newest_first() -> None:
    """Each busy second takes the reader from one more session, until none has it."""
    budget = ReaderBudget()
    seen = []
    for second in range(4):
        budget.update(SESSIONS, HIGH, second)
        seen.append(set(budget.small))
    assert seen == [{"third"}, {"second", "third"}, set(SESSIONS), set(SESSIONS)]


def test_each_second_without_time_left_takes_the_reader_from_twice_as_many() -> None:
    """One session falls back in the first such second, two in the next, then four, until none has the reader."""
    budget, sessions = ReaderBudget(), [str(number) for number in range(12)]
    seen = []
    for second in range(6):
        budget.update(sessions, SATURATED, second)
        seen.append(sorted(budget.small, key=int))
    assert seen == [sessions[11:], sessions[9:], sessions[5:], sessions, sessions, sessions]


@pytest.mark.parametrize(("between", "fallen"), [((LOW + HIGH) / 2, 2), (HIGH, 3)])
def test_after_a_second_with_time_left_one_session_falls_back_again(between: float, fallen: int) -> None:
    """Two peaks cost one session each, and a busy second between them another one."""
    budget, sessions = ReaderBudget(), [str(number) for number in range(12)]
    for second, load in enumerate((1.0, between, 1.0)):
        budget.update(sessions, load, second)
    assert len(budget.small) == fallen


def test_sessions_get_the_reader_back_one_by_one_after_quiet() -> None:
    """The last one that lost it comes first, each after its own quiet time; a middling load changes nothing."""
    budget = ReaderBudget()
    budget.update(SESSIONS, 1.0, 0)
    budget.update(SESSIONS, 1.0, 1)
    budget.update(SESSIONS, (LOW + HIGH) / 2, 2)
    assert budget.small == set(SESSIONS)
    restored = {}
    for second in range(3, 30):
        before = budget.small
        budget.update(SESSIONS, 0.1, second)
        restored.update(dict.fromkeys(before - budget.small, second))
    assert restored == {
        "first": 3 + RESTORE_AFTER_S,
        "second": 3 + 2 * RESTORE_AFTER_S,
        "third": 3 + 3 * RESTORE_AFTER_S,
    }


def test_a_session_that_left_is_forgotten() -> None:
    """Only connected sessions are on the small network."""
    budget = ReaderBudget()
    budget.update(SESSIONS, 1.0, 0)
    budget.update(["first"], 0.7, 1)
    assert budget.small == frozenset()


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 3)), max_size=60))
def test_sessions_return_singly_and_lose_the_reader_only_while_busy(loads: list[tuple[float, float]]) -> None:
    """Whatever the load, one session at most returns in an update, and none falls back below the high load."""
    budget, now_s = ReaderBudget(), 0.0
    for load, passed_s in loads:
        now_s += passed_s
        before = budget.small
        budget.update(SESSIONS, load, now_s)
        assert len(before - budget.small) <= 1
        assert load >= HIGH or budget.small <= before
        assert budget.small <= set(SESSIONS)

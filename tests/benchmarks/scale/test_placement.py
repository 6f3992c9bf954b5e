"""Tests of benchmarks/scale/placement.py."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scale.placement import Policy, Pool

LIMIT = 5


def pool_of(*loads: int) -> Pool[int]:
    """Workers numbered from 0, each with a load."""
    pool: Pool[int] = Pool(LIMIT)
    for number, load in enumerate(loads):
        pool.put(number, load)
    return pool


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-1, LIMIT)), max_size=60))
def test_a_pool_holds_what_was_put(changes: list[tuple[int, int]]) -> None:
    """After any changes and removals the loads, their sum, least and count are those of a plain dictionary."""
    pool: Pool[int] = Pool(LIMIT)
    plain: dict[int, int] = {}
    for worker, load in changes:
        if load < 0:
            pool.remove(worker)
            plain.pop(worker, None)
        else:
            pool.put(worker, load)
            plain[worker] = load
    assert sorted(pool.loads()) == sorted(plain.values())
    assert pool.sessions == sum(plain.values())
    assert pool.least == min(plain.values(), default=LIMIT)
    assert len(pool) == len(plain)


@given(
    st.lists(st.integers(0, LIMIT), max_size=20),
    st.sampled_from(Policy),
    st.integers(0, LIMIT),
    st.integers(0, 2),
    st.integers(),
)
def test_no_rule_chooses_a_worker_that_left(
    loads: list[int], policy: Policy, known: int, slack: int, seed: int
) -> None:
    """The chosen worker is below its limit and in the group of its rule; None only when nobody is."""
    members = {
        Policy.RANDOM: [number for number, load in enumerate(loads) if load < LIMIT],
        Policy.GROUP: [number for number, load in enumerate(loads) if load < LIMIT and load <= known + slack],
        Policy.LEAST: [number for number, load in enumerate(loads) if load < LIMIT and load == min(loads)],
    }[policy]
    chosen = pool_of(*loads).choose(policy, known, slack, random.Random(seed))
    assert chosen in members if members else chosen is None


def test_members_of_a_group_are_drawn_evenly() -> None:
    """Three members with different loads each receive a third of many offers."""
    pool, draw = pool_of(2, 3, 3, 4), random.Random(1)
    counts = Counter(pool.choose(Policy.GROUP, 2, 1, draw) for _ in range(3000))
    assert set(counts) == {0, 1, 2}
    assert min(counts.values()) > 900


def test_a_load_beyond_the_limit_is_an_error() -> None:
    """A worker cannot have more cameras than it takes, or fewer than none."""
    for load in (-1, LIMIT + 1):
        with pytest.raises(ValueError, match="a load of 0 to 5"):
            Pool[int](LIMIT).put(0, load)

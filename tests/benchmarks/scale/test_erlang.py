"""Tests of benchmarks/scale/erlang.py."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scale.erlang import blocked, mean_wait_s, servers_for, waits


def quotient(servers: int, offered: float) -> float:
    """Erlang B as the formula is printed: the last of the Poisson terms over their sum."""
    terms = [offered**count / math.factorial(count) for count in range(servers + 1)]
    return terms[-1] / sum(terms)


@given(st.integers(0, 40), st.floats(0.01, 60))
def test_the_recursion_is_erlangs_quotient(servers: int, offered: float) -> None:
    """Erlang B by the stable recursion equals the quotient of Poisson terms."""
    assert blocked(servers, offered) == pytest.approx(quotient(servers, offered), rel=1e-9)


def test_tabulated_values() -> None:
    """10 servers at 5 erlangs block 1.84 %, and of 1 server at ρ = 0.5 half of the arrivals wait, 0.5 s on average."""
    assert blocked(10, 5) == pytest.approx(0.01838, abs=5e-6)
    assert waits(1, 0.5) == pytest.approx(0.5)
    assert mean_wait_s(1, 0.5, service_s=0.5) == pytest.approx(0.5)  # M/M/1: ρ / (1 − ρ) × service


@given(st.floats(0, 500), st.floats(1e-6, 1))
def test_the_fewest_servers_are_the_fewest(offered: float, most: float) -> None:
    """The number found is enough, and one less is not."""
    found = servers_for(offered, most)
    assert blocked(found, offered) <= most
    assert found == 0 or blocked(found - 1, offered) > most


def test_an_overloaded_queue_never_ends() -> None:
    """With as much work as servers every arrival waits, without limit."""
    assert waits(3, 3.0) == 1.0
    assert mean_wait_s(3, 3.5, 1.0) == math.inf


def test_impossible_arguments_are_errors() -> None:
    """Negative servers, negative load and a share of zero raise."""
    with pytest.raises(ValueError, match="not negative"):
        blocked(-1, 1)
    with pytest.raises(ValueError, match="not negative"):
        blocked(1, -1)
    with pytest.raises(ValueError, match="share"):
        servers_for(1, 0)

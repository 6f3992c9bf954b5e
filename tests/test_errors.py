"""errors.py: one tree, drawn as it is, each error saying what to do next."""

from __future__ import annotations

import inspect
import re

import pytest

from streamsign import errors
from streamsign.errors import ModelNotFound, StreamsignError


def _classes() -> dict[str, type[StreamsignError]]:
    return {
        name: found for name, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, StreamsignError)
    }


def test_the_tree_at_the_top_is_the_tree() -> None:
    """The drawing names every error, each under its parent."""
    drawn: dict[str, str] = {}
    parents: list[str] = ["StreamsignError"]
    for line in inspect.cleandoc(errors.__doc__ or "").splitlines():
        if found := re.match(r"([│ ]*)[├└]── (\w+)", line):
            depth = len(found[1]) // 4 + 1
            drawn[found[2]] = parents[depth - 1]
            parents[depth:] = [found[2]]
    real = {name: error.__bases__[0].__name__ for name, error in _classes().items() if error is not StreamsignError}
    assert drawn == real


@pytest.mark.parametrize("name", sorted(_classes()))
def test_an_error_says_problem_and_next_step(name: str) -> None:
    """Both sentences are attributes and are in the message."""
    error = _classes()[name]("It is gone.", "Put it back.")
    assert (error.problem, error.next_step) == ("It is gone.", "Put it back.")
    assert str(error) == "It is gone.\n  → Put it back."


def test_a_problem_may_stand_alone() -> None:
    """Without a next step there is no arrow."""
    assert str(ModelNotFound("It is gone.")) == "It is gone."

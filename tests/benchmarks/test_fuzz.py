"""The fuzzing run, short."""

from __future__ import annotations

import random
from pathlib import Path

from benchmarks.fuzz import MAX_BYTES, FuzzResult, FuzzTarget, fuzz, mutated, run, write_document


def test_no_damaged_input_raises_an_undocumented_error() -> None:
    """Every parser of bytes from outside refuses damaged input with the error that it documents."""
    found = run(0.0005, seed=random.randrange(1 << 30))
    assert [(each.target, each.uncaught, each.example) for each in found if each.uncaught] == []
    assert sum(each.inputs for each in found) >= 5_000


def test_an_error_that_escapes_is_counted_with_an_example() -> None:
    """Documented errors are refusals; any other is listed by type, with the first input that raised it."""

    def read(data: bytes) -> None:
        if data[:1] != b"a":
            raise KeyError
        if len(data) < 4:
            raise ValueError

    found = fuzz(FuzzTarget("a reader", (b"abcd",), read, (ValueError,), 1.0), 400, seed=1)
    assert set(found.uncaught) == {"KeyError"}
    assert found.example
    assert found.refused > 0


def test_mutations_are_bounded_and_repeatable() -> None:
    """A seed gives the same inputs again; none grows beyond the limit, and an empty sample can grow."""
    sample = bytes(range(256)) * 300
    first, again = ([mutated(sample, chance) for _ in range(200)] for chance in (random.Random(4), random.Random(4)))
    assert first == again
    assert max(map(len, first)) <= MAX_BYTES
    assert any(mutated(b"", random.Random(seed)) for seed in range(20))


def test_the_document_has_a_row_for_each_target(tmp_path: Path) -> None:
    """The table has inputs, refusals and escaped errors of each target."""
    path = tmp_path / "fuzzing.md"
    write_document([FuzzResult("SDP offer", 1000, 600, {"KeyError": 2, "TypeError": 1}, "00", 1.25, 0.5)], path)
    assert "| SDP offer | 1,000 | 600 | 3 | 1.2 | 0.5 |" in path.read_text()

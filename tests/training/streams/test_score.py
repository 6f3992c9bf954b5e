"""Figures of streams."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.events import Commit
from streamsign.training.streams.methods import Spelled
from streamsign.training.streams.readings import Readings
from streamsign.training.streams.record import TrueLetter
from streamsign.training.streams.score import align, drawn_letters, excess, figures, score

text = st.text("CELOV", max_size=8)


def readings(word: str, signer: str = "S01", shown: int = 0) -> Readings:
    """A stream that spells a word, a letter every half second from the first on."""
    truth = tuple(TrueLetter(letter=c, start_s=0.5 + 0.5 * n, end_s=0.8 + 0.5 * n) for n, c in enumerate(word))
    times = np.linspace(0, 10, 301)
    nothing = np.full(301, np.nan)
    return Readings("case", signer, truth, shown, times, np.full((301, 6), np.nan), nothing, nothing, nothing, nothing)


def spelled(word: str, delay_s: float = 0.1) -> Spelled:
    """The letters of a word, each a while after the letters of :func:`readings`."""
    commits = [Commit(c, 0.9, 0.5 + 0.5 * n, 0.5 + 0.5 * n + delay_s) for n, c in enumerate(word)]
    return Spelled(commits, np.array([0, 1, 1, 0, 2]))


@given(text, text)
def test_edits_turn_one_word_into_the_other(true: str, read: str) -> None:
    """Pairs are in order, counts add up, and no cheaper way exists than the textbook's recursion finds."""
    found = align(readings(true).truth, spelled(read).commits)
    assert list(found.pairs) == sorted(found.pairs)
    assert len({i for i, _ in found.pairs}) == len({j for _, j in found.pairs}) == len(found.pairs)
    assert found.substitutions == sum(true[i] != read[j] for i, j in found.pairs)
    assert (found.insertions, found.deletions) == (len(read) - len(found.pairs), len(true) - len(found.pairs))
    assert found.substitutions + found.insertions + found.deletions == distance(true, read)


def held(*letters: tuple[str, float]) -> list[TrueLetter]:
    """Letters that are held for half a second from a time on."""
    return [TrueLetter(letter=letter, start_s=at_s, end_s=at_s + 0.5) for letter, at_s in letters]


def decided(*letters: tuple[str, float]) -> list[Commit]:
    """Letters that are decided 0.2 s after they are the most probable from a time on."""
    return [Commit(letter, 0.9, at_s, at_s + 0.2) for letter, at_s in letters]


def test_equal_letters_are_paired_where_it_costs_nothing() -> None:
    """I, J and L read as J and J: the one in the true J is right, and the one in the L is wrong."""
    found = align(held(("I", 0), ("J", 1), ("L", 2)), decided(("J", 1.1), ("J", 2.1)))
    assert found.pairs == ((1, 0), (2, 1))
    assert align(held(("C", 0), ("O", 1)), decided(("O", 0), ("C", 1))).pairs in (((0, 1),), ((1, 0),))


@pytest.mark.parametrize(("at_s", "paired"), [(0.1, 0), (1.1, 1), (0.55, 0), (0.9, 1)])
def test_a_letter_is_paired_with_the_one_at_its_time(at_s: float, paired: int) -> None:
    """Of two true letters that cost the same, equal to it or not, a spelled letter has the one nearest in time."""
    for true in ("OO", "CE"):
        found = align(held((true[0], 0), (true[1], 1)), decided(("O", at_s)))
        assert found.pairs == ((paired, 0),)


@given(text, text)
def test_no_alignment_of_the_same_cost_has_more_equal_letters(true: str, read: str) -> None:
    """All alignments are tried, of short words."""
    true, read = true[:5], read[:5]
    ways = [
        tuple(zip(places, read_places, strict=True))
        for length in range(min(len(true), len(read)) + 1)
        for places in combinations(range(len(true)), length)
        for read_places in combinations(range(len(read)), length)
    ]
    equal = {pairs: sum(true[i] == read[j] for i, j in pairs) for pairs in ways}
    cost = {pairs: len(true) + len(read) - len(pairs) - equal[pairs] for pairs in ways}
    found = align(readings(true).truth, spelled(read).commits)
    assert equal[found.pairs] == max(equal[pairs] for pairs in ways if cost[pairs] == min(cost.values()))


def distance(one: str, other: str) -> int:
    """Edit distance row by row."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            before, row[j] = row[j], min(before + (a != b), row[j] + 1, row[j - 1] + 1)
    return row[-1]


def test_figures_of_a_word_with_every_mistake() -> None:
    """COOL read as OOLE: C became O in one reading of it, or was left out; the distance is what counts."""
    found = figures([score(readings("COOL"), spelled("COL")), score(readings("LOVE"), spelled("LCVEE"))])
    assert found["letter_error_rate"] == pytest.approx(3 / 8)
    assert (found["substitutions"], found["insertions"], found["deletions"]) == (1, 1, 1)
    assert found["c_o_substitutions"] == 1
    assert found["doubles_right"] == 0
    assert found["true_letters"] == 8


def test_delay_is_from_the_steady_pose() -> None:
    """Only letters read right have one."""
    assert figures([score(readings("CO"), spelled("CO", 0.12))])["commit_delay_ms"]["p50"] == pytest.approx(120)
    assert figures([score(readings("CO"), spelled(""))])["commit_delay_ms"] == {"p50": None, "p95": None}


def test_streams_without_letters_count_as_insertions() -> None:
    """A false letter in an idle stream is in the letter error rate, and in its own figure by the minute."""
    found = figures([score(readings("LOVE"), spelled("LOVE")), score(readings(""), spelled("L"))])
    assert found["letter_error_rate"] == pytest.approx(1 / 4)
    assert found["false_letters_per_idle_minute"] == pytest.approx(6.0)
    assert found["idle"] == {"streams": 1, "minutes": 0.167, "insertions": 1}
    outside = figures([score(readings("", shown=4), spelled("L"))])
    assert outside["false_letters_per_outside_letter"] == pytest.approx(1 / 4)
    assert outside["letter_error_rate"] is None


def test_added_letters_are_counted_by_the_hundred_films() -> None:
    """Those decided while no letter is signed are counted among all: a C within the L is not one of them."""
    released = Spelled(decided(("C", 0.4), ("L", 0.5), ("V", 2.0)), np.zeros(1, np.intp))
    found = figures(
        [score(readings("L"), released), score(readings(""), spelled("L")), score(readings("L"), spelled("L"))]
    )
    assert found["insertions"] == 3
    assert found["added_per_100_streams"] == {"all": pytest.approx(100), "unsigned": pytest.approx(200 / 3)}
    assert found["per_signer"]["S01"]["insertions"] == 3
    assert figures([])["added_per_100_streams"] == {"all": None, "unsigned": None}


def test_the_interval_is_between_signers() -> None:
    """One signer has none; of two, one read right and one wrong, it spans both."""
    good, bad = score(readings("LOVE", "S01"), spelled("LOVE")), score(readings("LOVE", "S02"), spelled(""))
    assert figures([good])["letter_error_rate_ci95"] is None
    assert figures([good, bad])["letter_error_rate_ci95"] == (0.0, 1.0)
    assert figures([good, bad])["per_signer"]["S02"]["letter_error_rate"] == 1.0


def test_the_excess_is_what_a_method_loses_over_the_floor() -> None:
    """A letter lost and one mistaken against a floor with one mistaken: one of four is the method's."""
    streams = [readings("COOL"), readings("LOVE", "S02")]
    method = [score(streams[0], spelled("OOE")), score(streams[1], spelled("LOVE"))]
    floor = [score(streams[0], spelled("COOE")), score(streams[1], spelled("LOVE"))]
    found = excess(method, floor)
    assert (found["floor"], found["excess"]) == pytest.approx((1 / 8, 1 / 8))
    assert found["per_signer"]["S01"] == {"floor": 0.25, "excess": 0.25, "true_letters": 4}
    assert found["per_signer"]["S02"]["excess"] == 0
    assert list(found["per_rate"]) == ["2 to 3"]  # a letter every half second


@pytest.mark.parametrize(
    ("starts_s", "rate"),
    [
        ((0, 0.5, 1.0, 1.5), 2.0),
        ((0, 0.5, 10.0, 10.5), 2.0),
        ((0, 1.5, 3.0), 1 / 1.5),
        ((0, 0.5, 10.0), 2.0),
        ((0, 10.0), None),
        ((0,), None),
        ((), None),
    ],
)
def test_the_rate_is_that_within_words(starts_s: tuple[float, ...], rate: float | None) -> None:
    """Pauses of more than a second count as between words; letters that are signed alone have no rate."""
    truth = tuple(held(*(("O", at_s) for at_s in starts_s)))
    assert score(replace(readings(""), truth=truth), spelled("")).rate == (
        None if rate is None else pytest.approx(rate)
    )


def test_letters_without_a_rate_are_in_the_excess_by_signer() -> None:
    """A letter alone is of no rate, but of its signer."""
    alone = [score(readings("O"), spelled(""))]
    found = excess(alone, alone)
    assert (found["per_rate"], found["per_signer"]["S01"]["true_letters"]) == ({}, 1)


def test_no_letters_have_no_excess() -> None:
    """An idle minute has neither rate nor floor."""
    idle = [score(readings(""), spelled(""))]
    assert excess(idle, idle) == {"floor": None, "excess": None, "true_letters": 0, "per_rate": {}, "per_signer": {}}


def test_drawn_letters_are_counted() -> None:
    """Of two J, one is read right by the method and both at the floor; without a J there is no count."""
    streams = [(readings("JOJ"), spelled("IOJ"), spelled("JOJ"))]
    assert drawn_letters(streams, {"J", "Z"}) == {"true": 2, "right": 1, "floor_right": 2}
    assert drawn_letters(streams, {"Z"}) is None

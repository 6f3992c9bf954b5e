"""The direct search."""

from dataclasses import replace

import pytest

from streamsign.recognition.reader import ReaderMode, ReaderPolicy
from streamsign.recognition.speller import CommitRule
from streamsign.training.streams.methods import Method, Setting
from streamsign.training.temporal.search import (
    ALONE_SHARE,
    LIMITS,
    READER_SWITCHES,
    Jury,
    cost,
    judged,
    search,
    switched,
)
from tests.training.temporal.clear_words import INFO, word


def test_a_rule_that_is_too_slow_gets_faster() -> None:
    """Starting from a hold longer than the letters, the search finds one that reads them, within its limits."""
    slow = Setting(Method.VOTE, gate=None, rule=CommitRule(hold_s=0.2))
    streams = [word()]
    assert cost(judged(streams, slow, INFO)) > 0.5
    found = search(Jury(streams, INFO, 1), slow, LIMITS[Method.VOTE], trials=60)
    assert cost(judged(streams, found, INFO)) < 0.5
    assert 1 <= found.votes <= found.window <= 16


def test_the_same_seed_finds_the_same() -> None:
    """A search can be repeated."""
    begin = Setting(rule=CommitRule(hold_s=0.1))
    jury = Jury([word()], INFO, 1)
    one, other = (search(jury, begin, LIMITS[Method.HMM], trials=6, seed=3) for _ in range(2))
    assert one == other


def test_more_cores_judge_the_same() -> None:
    """What a setting costs does not depend on how many processes share the streams."""
    streams = [word(), word("COOL"), word("VOCE")]
    hasty = Setting(rule=CommitRule(hold_s=0.15))
    alone = Jury(streams, INFO, 1)
    with Jury(streams, INFO, 2) as shared:
        assert shared.cost(hasty) == alone.cost(hasty) > 0
        assert shared.glance(hasty) == alone.glance(hasty)


def test_the_classifier_alone_is_judged_too() -> None:
    """Numbers that only serve with the reader cost more: a loaded server reads without it."""
    streams = [word()]
    with_reader = Setting(rule=CommitRule(hold_s=0.15), mode=ReaderMode.AUTO)
    alone = cost(judged(streams, replace(with_reader, mode=ReaderMode.SMALL), INFO))
    both = cost(judged(streams, with_reader, INFO))
    assert alone > 0
    assert Jury(streams, INFO, 1).cost(with_reader) == pytest.approx(both + ALONE_SHARE * alone)


def test_a_switch_turns_and_turns_back() -> None:
    """Each switch of the reader is turned alone, and twice is as before."""
    setting = Setting(reader=ReaderPolicy())
    for name in READER_SWITCHES:
        turned = switched(setting, name)
        assert turned.reader == ReaderPolicy(**{name.removeprefix("reader."): True})
        assert switched(turned, name) == setting

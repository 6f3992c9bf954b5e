"""Figures of an evaluation."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from streamsign.training.evaluation import metrics

counts = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
readings = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=80)


@given(counts)
def test_wilson_holds_the_share_and_is_scipys(case: tuple[int, int]) -> None:
    """The interval lies in 0…1, holds the observed share, also at 0 of n and n of n, and is what SciPy computes."""
    right, count = case
    interval = metrics.wilson(right, count)
    assert interval is not None
    low, high = interval
    assert 0 <= low <= right / count <= high <= 1
    assert low < high
    assert interval == pytest.approx(tuple(binomtest(right, count).proportion_ci(method="wilson")), abs=1e-12)


def test_wilson_gives_the_published_interval() -> None:
    """Newcombe (1998, table I) gives 0.2553 to 0.3662 for 81 of 263, and 0 to 0.1611 for 0 of 20."""
    assert metrics.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert metrics.wilson(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)


def test_wilson_of_nothing_is_nothing() -> None:
    """Without observations there is no interval, and no error."""
    assert metrics.wilson(0, 0) is None


def test_groups_weigh_alike_however_many_pictures() -> None:
    """A signer with one wrong picture counts as much in the mean as one with three right ones."""
    by_group = metrics.accuracy_by_group(np.array([True, True, True, False]), ["a", "a", "a", "b"])
    assert by_group == {"a": (3, 1.0), "b": (1, 0.0)}


def test_signer_bootstrap_is_repeatable_and_needs_two_signers() -> None:
    """The same seed gives the same interval around the mean; one signer has no interval."""
    accuracies = [0.7, 0.9, 0.95, 1.0]
    interval = metrics.signer_bootstrap(accuracies, seed=3)
    assert interval == metrics.signer_bootstrap(accuracies, seed=3)
    assert interval is not None
    assert interval[0] < float(np.mean(accuracies)) < interval[1]
    assert metrics.signer_bootstrap([0.9]) is None


@given(readings)
def test_confusion_keeps_every_reading(pairs: list[tuple[int, int]]) -> None:
    """The matrix sums to the pictures, its rows to what was shown, its diagonal to what was read right."""
    true, read = (np.array(side, np.intp) for side in zip(*pairs, strict=True))
    matrix = metrics.confusion(true, read, 4)
    assert matrix.sum() == len(pairs)
    assert matrix.sum(axis=1).tolist() == [int((true == label).sum()) for label in range(4)]
    assert np.trace(matrix) == (true == read).sum()


@given(readings)
def test_weighted_f1_is_a_share_and_one_exactly_when_all_is_right(pairs: list[tuple[int, int]]) -> None:
    """F1 lies in 0…1 and is 1 if and only if nothing was misread."""
    true, read = (np.array(side, np.intp) for side in zip(*pairs, strict=True))
    score = metrics.weighted_f1(metrics.confusion(true, read, 4))
    assert score is not None
    assert 0 <= score <= 1 + 1e-12
    assert (score > 1 - 1e-12) == bool((true == read).all())


def test_precision_recall_f1_of_a_worked_example() -> None:
    """8 of 10 shown were found, 8 of 12 readings were right: F1 is their harmonic mean, 16 / 22."""
    matrix = np.array([[8, 2], [4, 6]])
    assert metrics.precision_recall_f1(matrix, 0) == pytest.approx((8 / 12, 8 / 10, 16 / 22))


def test_swapped_counts_both_ways_over_both_letters() -> None:
    """Two of 10 read one way and 1 of 20 the other: 3 of 30; what either is taken for besides does not count."""
    assert metrics.swapped(np.array([[7, 2, 1], [1, 15, 4], [9, 9, 9]]), 0, 1) == pytest.approx(3 / 30)
    assert metrics.swapped(np.zeros((2, 2), np.int64), 0, 1) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=100))
def test_calibration_bins_hold_every_picture_in_equal_parts(cases: list[tuple[float, bool]]) -> None:
    """The bins hold all pictures, differ by at most one picture, and rise in confidence; at most 15."""
    confidence = np.array([value for value, _ in cases])
    bins = metrics.calibration_bins(confidence, np.array([hit for _, hit in cases], np.bool_))
    sizes = [row["images"] for row in bins]
    assert sum(sizes) == len(cases)
    assert len(bins) == min(15, len(cases))
    assert not sizes or max(sizes) - min(sizes) <= 1
    assert all(low["confidence"] <= high["confidence"] + 1e-12 for low, high in pairwise(bins))


def test_figures_without_pictures_are_none() -> None:
    """A label that was neither shown nor read has no figures, and an empty set has no F1 or calibration error."""
    empty = np.zeros((2, 2), np.int64)
    assert metrics.precision_recall_f1(empty, 1) == (None, None, None)
    assert metrics.weighted_f1(empty) is None
    assert metrics.expected_calibration_error(np.zeros(0), np.zeros(0, np.bool_)) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=100))
def test_calibration_error_lies_between_the_overall_gap_and_one(cases: list[tuple[float, bool]]) -> None:
    """Binning can only add to the gap between mean confidence and accuracy, and the error is at most 1."""
    confidence = np.array([value for value, _ in cases])
    right = np.array([hit for _, hit in cases])
    error = metrics.expected_calibration_error(confidence, right)
    assert error is not None
    assert abs(confidence.mean() - right.mean()) - 1e-9 <= error <= 1 + 1e-9


def test_calibration_error_of_honest_confidence_is_nil() -> None:
    """Half of the readings at confidence 0.5 right, all of those at 1.0: no error."""
    confidence = np.array([0.5] * 10 + [1.0] * 10)
    right = np.array([True, False] * 5 + [True] * 10)
    assert metrics.expected_calibration_error(confidence, right, bins=2) == pytest.approx(0)


def test_each_signer_has_figures_of_its_own() -> None:
    """Accuracy, its interval and its calibration error count that signer's pictures alone."""
    right = np.array([True, True, False, True])
    confidence = np.array([1.0, 1.0, 1.0, 0.5])
    figures = metrics.signer_figures(right, confidence, ["ann", "ann", "ann", "bob"])
    assert (figures["ann"]["images"], figures["bob"]["images"]) == (3, 1)
    assert figures["ann"]["accuracy"] == pytest.approx(2 / 3)
    assert figures["ann"]["accuracy_ci95"] == metrics.wilson(2, 3)
    assert figures["ann"]["ece"] == pytest.approx(1 / 3)
    assert figures["bob"]["ece"] == pytest.approx(0.5)

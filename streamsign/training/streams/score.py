"""Figures of streams: errors and delays of letters. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from streamsign.recognition.events import Commit
from streamsign.recognition.pauses import PauseRule
from streamsign.training.evaluation.metrics import BOOTSTRAP_ROUNDS, Interval
from streamsign.training.streams.methods import Spelled
from streamsign.training.streams.readings import Readings
from streamsign.training.streams.record import TrueLetter

WORD_PAUSE_S = PauseRule().word_s
"""Time between the holds of two letters up to which they are of one word: the usual pause between words. The rate of a
stream counts the time between the starts of such letters alone."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """The way chosen of the cheapest ones to turn the true letters into the spelled ones.

    ``pairs`` are aligned places in the true and in the spelled letters, equal or substituted.
    """

    pairs: tuple[tuple[int, int], ...]
    substitutions: int
    insertions: int
    deletions: int


def align(truth: Sequence[TrueLetter], commits: Sequence[Commit]) -> Alignment:
    """Edit distance with its edits (Levenshtein 1966; Wagner and Fischer 1974), each at a cost of one.

    Of the alignments with the fewest edits that with the most pairs of equal letters is chosen, of those the one whose
    pairs overlap most in time or are the least apart. A spelled letter lasts from ``started_s`` to ``captured_s``.
    """
    pair, lose, add = range(3)  # of equally good edits the first is taken
    # The best way to align what follows two places, and its first edit: edits, equal pairs as a negative number,
    # seconds that the pairs are apart, negative where they overlap.
    last = [(left, 0, 0.0, add) for left in range(len(commits), -1, -1)]
    ways = [last]
    for each in reversed(truth):
        row = [(last[-1][0] + 1, 0, 0.0, lose)]
        for j in range(len(commits) - 1, -1, -1):
            commit, (edits, unequal, apart_s, _) = commits[j], last[j + 1]
            equal = each.letter == commit.letter
            apart_s += max(each.start_s, commit.started_s) - min(each.end_s, commit.captured_s)
            lost, added = last[j], row[-1]
            row.append(
                min(
                    (edits + (not equal), unequal - equal, apart_s, pair),
                    (lost[0] + 1, lost[1], lost[2], lose),
                    (added[0] + 1, added[1], added[2], add),
                )
            )
        last = row[::-1]
        ways.append(last)
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(truth) and j < len(commits):
        step = ways[len(truth) - i][j][3]
        if step == pair:
            pairs.append((i, j))
        i, j = i + (step != add), j + (step != lose)
    substitutions = sum(truth[i].letter != commits[j].letter for i, j in pairs)
    return Alignment(tuple(pairs), substitutions, len(commits) - len(pairs), len(truth) - len(pairs))


@dataclass(frozen=True, slots=True)
class Score:
    """Figures of one stream.

    Attributes:
        signer: who signed.
        letters: true ones.
        substitutions, insertions, deletions: edits from the true letters to the spelled.
        c_o: substitutions of C by O or O by C.
        delays_s: pose steady → captured, of the letters read right.
        doubles, doubles_right: letters that equal the one before, and those of them read right together with it.
        changes: number of changes of the shown label.
        shown: other shapes that were shown, which are not letters of the model.
        seconds: length.
        unsigned: insertions decided while no letter is signed, see :func:`is_signed`.
        rate: true letters a second within words, see :data:`WORD_PAUSE_S`; None if no word has two letters.
    """

    signer: str
    letters: int
    substitutions: int
    insertions: int
    deletions: int
    c_o: int
    delays_s: tuple[float, ...]
    doubles: int
    doubles_right: int
    changes: int
    shown: int
    seconds: float
    unsigned: int = 0
    rate: float | None = None

    @property
    def errors(self) -> int:
        """Edit distance."""
        return self.substitutions + self.insertions + self.deletions


def score(readings: Readings, spelled: Spelled) -> Score:
    """Compare what was spelled with what was signed."""
    truth = readings.truth
    true, read = [each.letter for each in truth], [commit.letter for commit in spelled.commits]
    found = align(truth, spelled.commits)
    right = {i: j for i, j in found.pairs if true[i] == read[j]}
    stands_for = {j for _, j in found.pairs}
    added = [commit for j, commit in enumerate(spelled.commits) if j not in stands_for]
    doubles = [i for i in range(1, len(true)) if true[i] == true[i - 1]]
    return Score(
        signer=readings.signer,
        letters=len(true),
        substitutions=found.substitutions,
        insertions=found.insertions,
        deletions=found.deletions,
        c_o=sum({true[i], read[j]} == {"C", "O"} for i, j in found.pairs),
        delays_s=tuple(spelled.commits[j].captured_s - truth[i].start_s for i, j in right.items()),
        doubles=len(doubles),
        doubles_right=sum(i in right and i - 1 in right and right[i] == right[i - 1] + 1 for i in doubles),
        changes=int(np.count_nonzero(np.diff(spelled.shown))),
        shown=readings.shown,
        seconds=float(readings.times[-1]),
        unsigned=sum(not is_signed(truth, commit.captured_s) for commit in added),
        rate=_rate(truth),
    )


def is_signed(truth: Sequence[TrueLetter], at_s: float) -> bool:
    """Whether a letter is signed at a time, seconds, and not on the way to or from one, or the hand at rest."""
    return any(each.start_s <= at_s <= each.end_s for each in truth)


def _rate(truth: Sequence[TrueLetter]) -> float | None:
    within_s = [
        after.start_s - before.start_s
        for before, after in pairwise(truth)
        if after.start_s - before.end_s <= WORD_PAUSE_S
    ]
    return len(within_s) / max(1e-3, sum(within_s)) if within_s else None


def drawn_letters(
    streams: Sequence[tuple[Readings, Spelled, Spelled]], drawn: Collection[str]
) -> dict[str, int] | None:
    """How many true letters are drawn, and how many of them a method and the floor read right.

    Args:
        streams: readings, and the results of the method and of the floor.
        drawn: the drawn letters.

    Returns:
        ``true``, ``right`` and ``floor_right``; None if no true letter is drawn.
    """
    counted = {"true": 0, "right": 0, "floor_right": 0}
    for readings, *results in streams:
        truth = readings.truth
        counted["true"] += sum(each.letter in drawn for each in truth)
        for name, spelled in zip(("right", "floor_right"), results, strict=True):
            commits = spelled.commits
            counted[name] += sum(
                truth[i].letter in drawn and truth[i].letter == commits[j].letter
                for i, j in align(truth, commits).pairs
            )
    return counted if counted["true"] else None


def letter_error_rate(scores: Sequence[Score]) -> float | None:
    """Total edit distance over total true letters; None without letters."""
    letters = sum(each.letters for each in scores)
    return sum(each.errors for each in scores) / letters if letters else None


def signer_interval(scores: Sequence[Score], seed: int = 0, rounds: int = BOOTSTRAP_ROUNDS) -> Interval | None:
    """95 % percentile interval of the letter error rate, signers drawn with replacement (Efron 1979)."""
    by_signer = _by_signer(scores)
    errors = np.array([sum(each.errors for each in of_one) for of_one in by_signer.values()], np.float64)
    letters = np.array([sum(each.letters for each in of_one) for of_one in by_signer.values()], np.float64)
    if len(letters) < 2 or letters.min() == 0:
        return None
    drawn = np.random.default_rng(seed).integers(len(letters), size=(rounds, len(letters)))
    low, high = np.quantile(errors[drawn].sum(axis=1) / letters[drawn].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)


def figures(scores: Sequence[Score]) -> dict[str, Any]:
    """All figures of some streams, as ``--json`` writes them. Figures without a sample are None."""
    delays = [1000 * delay for each in scores for delay in each.delays_s]
    doubles = sum(each.doubles for each in scores)
    letters = sum(each.letters for each in scores)
    quiet = [each for each in scores if not each.letters]
    outside = sum(each.shown for each in scores)
    idle = [each for each in quiet if not each.shown]
    idle_s = sum(each.seconds for each in idle)
    idle_insertions = sum(each.insertions for each in idle)
    insertions = sum(each.insertions for each in scores)
    return {
        "letter_error_rate": letter_error_rate(scores),
        "letter_error_rate_ci95": signer_interval(scores),
        "substitutions": sum(each.substitutions for each in scores),
        "insertions": insertions,
        "deletions": sum(each.deletions for each in scores),
        "c_o_substitutions": sum(each.c_o for each in scores),
        "commit_delay_ms": {
            name: round(float(np.percentile(delays, share)), 1) if delays else None
            for name, share in (("p50", 50), ("p95", 95))
        },
        "flicker": sum(each.changes for each in scores) / letters if letters else None,
        "doubles_right": sum(each.doubles_right for each in scores) / doubles if doubles else None,
        "added_per_100_streams": {
            "all": 100 * insertions / len(scores) if scores else None,
            "unsigned": 100 * sum(each.unsigned for each in scores) / len(scores) if scores else None,
        },
        "idle": {"streams": len(idle), "minutes": round(idle_s / 60, 3), "insertions": idle_insertions},
        "false_letters_per_idle_minute": 60 * idle_insertions / idle_s if idle_s else None,
        "false_letters_per_outside_letter": (
            sum(each.insertions for each in quiet if each.shown) / outside if outside else None
        ),
        "streams": len(scores),
        "true_letters": letters,
        "per_signer": {
            name: {
                "letter_error_rate": letter_error_rate(of_one),
                "true_letters": sum(each.letters for each in of_one),
                "insertions": sum(each.insertions for each in of_one),
                "streams": len(of_one),
            }
            for name, of_one in _by_signer(scores).items()
        },
    }


RATES = (1.0, 2.0, 3.0)
"""Letters a second that separate slow, usual and fast spelling in the excess over the floor."""


def excess(scores: Sequence[Score], floor: Sequence[Score]) -> dict[str, Any]:
    """Excess of a method's errors over the floor: of all streams, by rate and by signer.

    Args:
        scores: of the method.
        floor: of :attr:`streamsign.training.streams.methods.Method.FLOOR` on the same streams, in the same order.

    Returns:
        ``floor`` and ``excess`` letter error rates; the same and ``true_letters`` in ``per_rate``, by letters a
        second, without the streams that have no rate, and in ``per_signer``. Without letters both are None.
    """
    pairs = list(zip(scores, floor, strict=True))
    by_rate: dict[str, list[tuple[Score, Score]]] = {}
    by_signer: dict[str, list[tuple[Score, Score]]] = {}
    for pair in sorted((pair for pair in pairs if pair[0].letters), key=lambda pair: pair[0].rate or 0.0):
        if pair[0].rate is not None:
            by_rate.setdefault(_band(pair[0].rate), []).append(pair)
        by_signer.setdefault(pair[0].signer, []).append(pair)
    return {
        **_excess(pairs),
        "per_rate": {name: _excess(of_one) for name, of_one in by_rate.items()},
        "per_signer": {name: _excess(of_one) for name, of_one in sorted(by_signer.items())},
    }


def _excess(pairs: Sequence[tuple[Score, Score]]) -> dict[str, Any]:
    rate, least = (letter_error_rate([pair[side] for pair in pairs]) for side in (0, 1))
    return {
        "floor": least,
        "excess": None if rate is None or least is None else rate - least,
        "true_letters": sum(pair[0].letters for pair in pairs),
    }


def _band(rate: float) -> str:
    place = sum(rate >= edge for edge in RATES)
    if place == 0:
        return f"below {RATES[0]:g}"
    return f"{RATES[-1]:g} and more" if place == len(RATES) else f"{RATES[place - 1]:g} to {RATES[place]:g}"


def _by_signer(scores: Sequence[Score]) -> dict[str, list[Score]]:
    grouped: dict[str, list[Score]] = {}
    for each in scores:
        grouped.setdefault(each.signer, []).append(each)
    return dict(sorted(grouped.items()))

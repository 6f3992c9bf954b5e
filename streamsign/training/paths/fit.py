"""Fits the logistic models of drawn letters, and counts drawings that are found and movements taken for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.recognition.drawn import EARLY_S, SPANS_S, DrawnRule
from streamsign.recognition.model import ModelInfo
from streamsign.recognition.path_features import FEATURES, path_features, shapes_seen
from streamsign.training.streams.hand_paths import hand_paths
from streamsign.training.streams.methods import Setting, spell
from streamsign.training.streams.readings import Readings

PACES = (0.75, 1.0, 1.35)
"""Factors by which a film with drawings is slowed down, so that the numbers fit other signers' paces."""

RIDGE = 1.0
"""Weight of the squared numbers, in units of a feature's standard deviation: there are few films."""

DRAWN_WEIGHT, MADE_SHARE, OTHER_WEIGHT = 1000.0, 0.5, 2000.0
"""Weight of all drawings, the same for each signer; share of made ones in it, where there are any; and weight of all
spans without a drawing."""

ROUNDS, HARD, HARD_WEIGHT = 3, 0.03, 0.7
"""The model is fitted so often; from the second time on the spans without a drawing that were most like one, this
share of them, have this share of their weight. Most spans are of resting hands and teach nothing."""

_BEGINS, _BEGINS_S, _EARLIEST_END, _LATEST_END_S = 0.25, 0.05, 0.2, 0.15
_ENDS_APART, _BEGINS_APART = 0.35, 0.5
"""A span holds no drawing when it ends before this share of it, or begins after that one."""

_FOUND_BEFORE, _FOUND_AFTER_S = 0.35, 0.6
"""A drawing counts as found when it is decided after this share of it, and no later after its end than this."""


class DrawnSpan(NamedTuple):
    """A letter that is drawn in a film, and when, seconds."""

    letter: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, eq=False)
class HandFilm:
    """A followed hand in one film.

    Attributes:
        readings: of its frames, with boxes; their case is its kind, and kinds are counted apart.
        drawings: the letters drawn in it.
        held: number of other letters signed in it.
        made: whether it is made of stills.
    """

    readings: Readings
    drawings: tuple[DrawnSpan, ...] = ()
    held: int = 0
    made: bool = False

    @property
    def signer(self) -> str:
        """Whose hand."""
        return self.readings.signer

    @property
    def kind(self) -> str:
        """Of film."""
        return self.readings.case


class Spans(NamedTuple):
    """Spans of films: their features, whether a drawing fills them, their signers, and whether the film is made."""

    features: NDArray[np.float64]
    drawn: NDArray[np.bool_]
    signers: NDArray[np.str_]
    made: NDArray[np.bool_]

    def only(self, kept: NDArray[np.bool_]) -> Spans:
        """Some of them."""
        return Spans(self.features[kept], self.drawn[kept], self.signers[kept], self.made[kept])


def spans_of(films: Sequence[HandFilm], letter: str, starts: NDArray[np.intp], passes: NDArray[np.intp]) -> Spans:
    """All spans of films that certainly hold a drawing of a letter, or certainly none.

    Args:
        films: to fit to.
        letter: the drawn one.
        starts: places, in the evidence, of the letters it starts from.
        passes: and of those it resembles on the way.

    Raises:
        TrainingError: no film shows a hand for long enough.
    """
    features, drawn, signers, made = [], [], [], []
    for film in films:
        drawings = [each for each in film.drawings if each.letter == letter]
        for path, evidence in hand_paths(film.readings):
            seen = shapes_seen(evidence, starts, passes)
            for pace in PACES if drawings and not film.made else (1.0,):
                slowed = path._replace(at_s=path.at_s * pace)
                ends, spans = np.meshgrid(slowed.at_s, SPANS_S, indexing="ij")
                kept = ends - spans >= slowed.at_s[0] - EARLY_S
                ends, spans = ends[kept], spans[kept]
                if not len(ends):
                    continue
                label = _labels(ends / pace, spans / pace, drawings)
                if pace != 1.0:
                    label[label == 0] = -1
                known = label >= 0
                if known.any():
                    features.append(path_features(slowed, seen, ends[known], spans[known]))
                    drawn.append(label[known] == 1)
                    signers.append(np.full(int(known.sum()), film.signer))
                    made.append(np.full(int(known.sum()), film.made))
    if not features:
        raise TrainingError(
            f"No film shows a hand for {SPANS_S[0]} s.", "Check the films in moving/, clips/ and bursts/."
        )
    return Spans(np.concatenate(features), np.concatenate(drawn), np.concatenate(signers), np.concatenate(made))


def _labels(ends: NDArray[np.float64], spans: NDArray[np.float64], drawings: Sequence[DrawnSpan]) -> NDArray[np.intp]:
    """1 for spans that a drawing fills, 0 for those without one, -1 for those that hold a part of one."""
    begins = ends - spans
    label = np.zeros(len(ends), np.intp)
    for _, start, end in drawings:
        length = end - start
        apart = (ends < start + _ENDS_APART * length) | (begins > start + _BEGINS_APART * length)
        label[~apart & (label == 0)] = -1
        fills = np.abs(begins - start) <= _BEGINS * length + _BEGINS_S
        label[fills & (ends - end >= -_EARLIEST_END * length) & (ends - end <= _LATEST_END_S)] = 1
    return label


def fit(spans: Spans, limits: Mapping[str, Any]) -> DrawnRule:
    """The logistic model of one letter, with the threshold 0 (ridge regression of the log-odds by L-BFGS).

    Args:
        spans: of films to fit to.
        limits: ``passes``, and ``minimum`` and ``maximum`` of features.
    """
    limited = DrawnRule.model_validate({"weights": {}, "bias": 0, "threshold": 0, **limits})
    within = np.isfinite(limited.scores(spans.features))
    features, drawn, signers, made = spans.only(within | spans.drawn)
    weights = np.zeros(len(drawn))
    mixed = len(set(made[drawn].tolist())) > 1
    for kind in (False, True):
        share = 1.0 if not mixed else MADE_SHARE if kind else 1 - MADE_SHARE
        known = set(signers[drawn & (made == kind)].tolist())
        for signer in known:
            own = drawn & (made == kind) & (signers == signer)
            weights[own] = share * DRAWN_WEIGHT / (len(known) * int(own.sum()))
    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    scaled = np.column_stack([np.ones(len(features)), (features - middle) / spread])
    side = np.where(drawn, 1.0, -1.0)
    others = ~drawn
    weights[others] = OTHER_WEIGHT / max(1, int(others.sum()))
    found = np.zeros(scaled.shape[1])
    for _ in range(ROUNDS):
        found = logistic(scaled, side, weights, found)
        scores = scaled @ found
        if not others.any():
            break
        hard = others & (scores > np.quantile(scores[others], 1 - HARD))
        weights[others] = (1 - HARD_WEIGHT) * OTHER_WEIGHT / int(others.sum())
        weights[hard] = HARD_WEIGHT * OTHER_WEIGHT / max(1, int(hard.sum()))
    numbers = found[1:] / spread
    bias = float(found[0] - numbers @ middle)
    return DrawnRule.model_validate(
        {
            "weights": {name: round(float(value), 4) for name, value in zip(FEATURES, numbers, strict=True)},
            "bias": round(bias, 4),
            "threshold": 0.0,
            **limits,
        }
    )


def logistic(
    scaled: NDArray[np.float64],
    side: NDArray[np.float64],
    weights: NDArray[np.float64],
    start: NDArray[np.float64],
    ridge: float = RIDGE,
) -> NDArray[np.float64]:
    """Weighted logistic regression with ridge, by L-BFGS.

    Args:
        scaled: (rows, numbers), the first column 1; its number is not made small.
        side: (rows,) 1 or -1.
        weights: (rows,).
        start: (numbers,) where the search begins.
        ridge: weight of the squared numbers.

    Returns:
        (numbers,), nats.
    """

    def cost(numbers: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = side * (scaled @ numbers)
        pull = ridge * np.concatenate([[0.0], numbers[1:]])
        slope = -(weights * side / (1 + np.exp(np.minimum(odds, 500.0)))) @ scaled + pull
        return float(weights @ np.logaddexp(0, -odds) + ridge * (numbers[1:] ** 2).sum() / 2), slope

    found = scipy.optimize.minimize(cost, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return np.asarray(found, np.float64)


class Judged(NamedTuple):
    """What was read in one film: drawings that are there, those found, and drawn letters where none was drawn."""

    film: HandFilm
    found: tuple[bool, ...]
    false: tuple[tuple[str, float], ...]


def judge(film: HandFilm, rules: Mapping[str, DrawnRule], info: ModelInfo, setting: Setting) -> Judged:
    """Read a film as the recognizer does, and find its drawings in the text."""
    found = [False] * len(film.drawings)
    false = []
    for commit in spell(film.readings, setting, info, info.letters, rules).commits:
        if commit.letter not in rules:
            continue
        places = [
            number
            for number, (letter, start_s, end_s) in enumerate(film.drawings)
            if commit.letter == letter
            and start_s + _FOUND_BEFORE * (end_s - start_s) <= commit.captured_s <= end_s + _FOUND_AFTER_S
            and not found[number]
        ]
        if places:
            found[places[0]] = True
        else:
            false.append((commit.letter, commit.captured_s))
    return Judged(film, tuple(found), tuple(false))

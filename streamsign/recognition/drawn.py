"""Letters that are drawn in the air, such as J and Z.

J is the hand of an I that draws a hook and turns, Z a pointing hand that draws a zigzag. A linear model of features of
the hand's path and of what the classifier reads on the way (:mod:`streamsign.recognition.path_features`) decides,
over spans of several lengths that end at the frame, because people draw at different speeds. Its numbers are in the
model folder's ``paths.json``, fitted by ``streamsign train --task paths``.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from streamsign.recognition.geometry import Box
from streamsign.recognition.model import MovingInfo
from streamsign.recognition.path_features import FEATURES, HandPath, TurnedHand, path_features, shapes_seen
from streamsign.recognition.temporal import Posterior

FILE = "paths.json"

NONE = "none"
"""Name of no letter in :attr:`DrawnRule.turned`."""

SPANS_S = (0.4, 0.55, 0.75, 1.0, 1.35, 1.8)
"""Lengths of the spans that are judged. A hook takes 0.4 to 1.7 s in the films, a zigzag 0.4 to 3.3 s."""

EVERY_S = 0.03
"""Least time between two judgments."""

CONFIRM_S = 0.1
"""How long the score must have been falling or at its greatest, with the hand still in view, until the letter is
decided: a hand that leaves the picture may begin like a hook."""

FALLEN = 1.0
"""Decrease of the score, nats, that halves CONFIRM_S."""

LOST_S = 0.25
"""After a longer gap the hand is another one."""

EARLY_S = 0.05
"""How long before the first frame of the hand a span may begin."""

_MOVED_S, _MOVED = 0.3, 0.1  # a hand that moved less than this many sizes in that time draws nothing now


class DrawnRule(BaseModel):
    """How one drawn letter is recognized."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    weights: dict[str, float] = Field(description="nats a unit of each feature; see path_features.FEATURES")
    bias: float = Field(description="nats")
    threshold: float = Field(description="score from which the letter is decided, nats")
    passes: list[str] = Field(default_factory=list, description="letters that its shape resembles on the way")
    minimum: dict[str, float] = Field(default_factory=dict, description="minimum values of features")
    maximum: dict[str, float] = Field(default_factory=dict, description="maximum values of features")
    turned: dict[str, float] = Field(
        default_factory=dict,
        description="nats a nat of the log-probability of none and of each letter where the hand has turned; "
        "empty without that evidence",
    )
    turned_bias: float = Field(0.0, description="nats")

    @model_validator(mode="after")
    def _known(self) -> DrawnRule:
        unknown = ({*self.weights} | {*self.minimum} | {*self.maximum}) - set(FEATURES)
        if unknown:
            raise ValueError(f"unknown features {sorted(unknown)}")
        return self

    def scores(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log-odds of the letter, (spans,), of features (spans, features); -inf where a feature is out of limits."""
        scores = np.full(len(features), self.bias)
        for name, weight in self.weights.items():
            scores += weight * features[:, FEATURES.index(name)]
        for name, minimum in self.minimum.items():
            scores[features[:, FEATURES.index(name)] < minimum] = -np.inf
        for name, maximum in self.maximum.items():
            scores[features[:, FEATURES.index(name)] > maximum] = -np.inf
        return scores


def turned_hand(rule: DrawnRule, letters: Sequence[str]) -> TurnedHand | None:
    """A rule's model of the turned hand, in the order of the evidence after none; None if it has none."""
    if not rule.turned:
        return None
    return TurnedHand(np.array([rule.turned.get(state, 0.0) for state in (NONE, *letters)]), rule.turned_bias)


class DrawnRules(BaseModel):
    """``paths.json``: the letters of a model that are drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    format: Literal[1] = 1
    letters: dict[str, DrawnRule] = Field(default_factory=dict)
    fitted: dict[str, Any] = Field(default_factory=dict, description="command, model's hash, films, figures")


def places_of(chosen: Sequence[str], letters: Sequence[str]) -> NDArray[np.intp]:
    """Places of letters in the evidence, where none is first; letters that the model does not have are left out."""
    return np.array([1 + letters.index(letter) for letter in chosen if letter in letters], np.intp)


class Drawn(NamedTuple):
    """A letter that was drawn: its probability, and when the drawing began and ended, seconds."""

    letter: str
    probability: float
    started_s: float
    ended_s: float


class _Sample(NamedTuple):
    at_s: float
    x: float
    y: float
    width: float
    height: float
    evidence: Posterior


class PathRecognizer:
    """Recognizes drawn letters. Pure: the time comes with each frame.

    Args:
        rules: by drawn letter.
        moving: the letters that each starts from, by drawn letter; at least those of ``rules``.
        letters: of the classifier, in the order of the evidence after *none*.
    """

    def __init__(
        self, rules: Mapping[str, DrawnRule], moving: Mapping[str, MovingInfo], letters: Sequence[str]
    ) -> None:
        self._rules = {
            letter: (
                rule,
                places_of(moving[letter].starts_from, letters),
                places_of(rule.passes, letters),
                turned_hand(rule, letters),
            )
            for letter, rule in rules.items()
        }
        self.reset()

    def reset(self) -> None:
        """Forget the path."""
        self._past: deque[_Sample] = deque()
        self._judged_s = -math.inf
        self._free_from_s = -math.inf
        self._best: tuple[float, Drawn] | None = None

    def update(self, box: Box | None, evidence: Posterior, at_s: float) -> Drawn | None:
        """Take in one frame.

        Args:
            box: of the hand, pixels; None without a hand.
            evidence: (1 + letters,) the classifier's probabilities of this frame, none first.
            at_s: time of the frame, seconds, never decreasing.

        Returns:
            The letter whose drawing was completed, if one was.
        """
        if self._past and at_s - self._past[-1].at_s > LOST_S:
            self._past.clear()
            self._best = None
        if box is None or not self._rules:
            return None
        self._past.append(_Sample(at_s, *box.center, box.width, box.height, evidence))
        while at_s - self._past[0].at_s > SPANS_S[-1] + LOST_S:
            self._past.popleft()
        if at_s - self._judged_s < EVERY_S - 1e-3 or (self._best is None and not self._moves()):
            return None
        self._judged_s = at_s
        return self._judge(at_s)

    def _moves(self) -> bool:
        now = self._past[-1]
        for past in reversed(self._past):
            if now.at_s - past.at_s >= _MOVED_S:
                reach = _MOVED * max(now.width, now.height)
                return abs(now.x - past.x) > reach or abs(now.y - past.y) > reach
        return False

    def _judge(self, at_s: float) -> Drawn | None:
        first_s = max(self._past[0].at_s - EARLY_S, self._free_from_s)
        spans_s = np.array([span_s for span_s in SPANS_S if at_s - span_s >= first_s])
        score, found = -math.inf, None
        if len(spans_s):
            at, x, y, width, height, seen = (np.array(column) for column in zip(*self._past, strict=True))
            path = HandPath(at, x, y, width, height, seen[:, 0])
            for letter, (rule, starts, passes, turned) in self._rules.items():
                shapes = shapes_seen(seen, starts, passes, turned)
                features = path_features(path, shapes, np.full(len(spans_s), at_s), spans_s)
                scores = rule.scores(features) - rule.threshold
                best = int(np.argmax(scores))
                if scores[best] >= max(0.0, score):
                    score = float(scores[best])
                    odds = score + rule.threshold
                    found = Drawn(letter, 1 / (1 + math.exp(-min(odds, 30.0))), at_s - float(spans_s[best]), at_s)
        if found is not None and (self._best is None or score > self._best[0]):
            self._best = (score, found)
            return None
        if self._best is None:
            return None
        best_score, drawn = self._best
        wait_s = CONFIRM_S if score > best_score - FALLEN else CONFIRM_S / 2
        if at_s - drawn.ended_s < wait_s:
            return None
        self._best = None
        if self._shows_another(drawn):
            return None
        self._free_from_s = drawn.ended_s
        return drawn

    def _shows_another(self, drawn: Drawn) -> bool:
        """Whether the hand has shown another letter for certain since: it went from one letter to the next."""
        since = np.array([past.evidence for past in self._past if past.at_s >= drawn.ended_s])
        _, starts, passes, _ = self._rules[drawn.letter]
        return bool(shapes_seen(since, starts, passes).sure.any())

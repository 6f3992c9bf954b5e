"""Fits the evidence that the hand of a drawn letter has turned about its forearm, as at the end of a J."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.recognition.drawn import NONE, DrawnRule
from streamsign.recognition.path_features import log_shares
from streamsign.training.paths.fit import MADE_SHARE, HandFilm, logistic

TURNED_LETTERS = ("J",)
"""Drawn letters whose hand turns."""

SCORE, HALF = 10.0, 0.65
"""Nats of the score a unit of the feature ``turned``, and the value at which the score is 0. The path is judged by
limits alone: weights fitted to the paths of seven drawings recognize few other people."""

RIDGE = 30.0
"""Weight of the squared numbers, in units of a log-probability's standard deviation."""

WEIGHT, OTHERS_OF_MADE = 1000.0, 0.2
"""Weight of all frames with the turned hand, the same for each signer, and of all others; and weight of the other
frames of made drawings over that of all other films."""

_NOT_YET, _TURNED, _AFTER_S = 0.2, 0.45, 0.2
"""Before this share of a drawing the hand has not turned; from this one until so many seconds after it, it has."""

_WORDS = " words"  # as moved words are named; held hands that are tilted look turned


class _Frames(NamedTuple):
    evidence: NDArray[np.float64]
    turned: bool
    weight: float


def turned_rule(
    films: Sequence[HandFilm],
    drawn: str,
    letters: Sequence[str],
    limits: Mapping[str, Any],
    without: Collection[str] = (),
) -> DrawnRule:
    """The rule of a drawn letter whose hand turns, with the threshold 0.

    Args:
        films: to fit to: drawings, and words made of stills, whose frames do not show the turned hand.
        drawn: the letter.
        letters: of the classifier, in the order of the evidence after none.
        limits: ``passes``, and ``minimum`` and ``maximum`` of features.
        without: signers whose filmed drawings are left out.

    Raises:
        TrainingError: no film shows the drawn letter, or none shows anything else.
    """
    groups = list(_groups(films, drawn, without))
    if {group.turned for group in groups} != {False, True}:
        raise TrainingError(f"No film shows a drawn {drawn}.", "Add films to moving/ of the splits train and val.")
    shares = log_shares(np.concatenate([group.evidence for group in groups]))
    side = np.concatenate([np.full(len(group.evidence), 1.0 if group.turned else -1.0) for group in groups])
    weights = np.concatenate([np.full(len(group.evidence), group.weight / len(group.evidence)) for group in groups])
    middle, spread = shares.mean(axis=0), shares.std(axis=0) + 1e-6
    scaled = np.column_stack([np.ones(len(shares)), (shares - middle) / spread])
    found = logistic(scaled, side, weights, np.zeros(scaled.shape[1]), RIDGE)
    numbers = found[1:] / spread
    return DrawnRule.model_validate(
        {
            "weights": {"turned": SCORE},
            "bias": -SCORE * HALF,
            "threshold": 0.0,
            "turned": {state: round(float(value), 4) for state, value in zip((NONE, *letters), numbers, strict=True)},
            "turned_bias": round(float(found[0] - numbers @ middle), 4),
            **limits,
        }
    )


def _groups(films: Sequence[HandFilm], drawn: str, without: Collection[str]) -> Iterator[_Frames]:
    """Frames of films, weighted together; those of a signer's filmed drawings are one group."""
    filmed: dict[str, list[NDArray[np.float64]]] = {}
    made, before, others = [], [], []
    for film in films:
        draws = any(each.letter == drawn for each in film.drawings)
        if draws and not film.made and film.signer not in without:
            filmed.setdefault(film.signer, []).append(_shown(film, drawn, turned=True))
        elif draws and film.made:
            made.append(_shown(film, drawn, turned=True))
            before.append(_shown(film, drawn, turned=False))
        elif film.made and (film.kind != "moved" or film.readings.name.endswith(_WORDS)):
            others.append(_shown(film, drawn, turned=False))
    share = 0.0 if not made else MADE_SHARE if filmed else 1.0
    for frames in filmed.values():
        yield from _group(frames, turned=True, weight=(1 - share) * WEIGHT / len(filmed))
    yield from _group(made, turned=True, weight=share * WEIGHT)
    yield from _group(before, turned=False, weight=OTHERS_OF_MADE * WEIGHT)
    yield from _group(others, turned=False, weight=WEIGHT)


def _group(frames: Sequence[NDArray[np.float64]], *, turned: bool, weight: float) -> Iterator[_Frames]:
    if sum(map(len, frames)):
        yield _Frames(np.concatenate(frames), turned, weight)


def _shown(film: HandFilm, drawn: str, *, turned: bool) -> NDArray[np.float64]:
    """Evidence, (frames, 1 + letters), of frames that show the turned hand, or certainly another one."""
    readings = film.readings
    at_s = readings.times
    apart = np.ones(len(at_s), bool)
    within = np.zeros(len(at_s), bool)
    for letter, start_s, end_s in film.drawings:
        if letter == drawn:
            length_s = end_s - start_s
            apart &= at_s < start_s + _NOT_YET * length_s
            within |= (at_s >= start_s + _TURNED * length_s) & (at_s <= end_s + _AFTER_S)
    kept = np.isfinite(readings.posterior[:, 0]) & (within if turned else apart)
    return np.asarray(readings.posterior[kept], np.float64)

"""The path of a followed hand in a stream, and the drawn letters in given holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.drawn import EARLY_S, LOST_S, SPANS_S, DrawnRule, places_of, turned_hand
from streamsign.recognition.model import MovingInfo
from streamsign.recognition.path_features import HandPath, path_features, shapes_seen
from streamsign.training.streams.readings import Readings
from streamsign.training.streams.record import TrueLetter

_LEAST_SHARE = 0.4  # of a hold that a drawing fills: the hand may wait before it draws, and stay where it ended


def hand_paths(readings: Readings) -> Iterator[tuple[HandPath, NDArray[np.float64]]]:
    """Each stretch of a stream in which a hand was followed, with its evidence (frames, 1 + letters)."""
    if readings.boxes is None:
        return
    seen = np.flatnonzero(np.isfinite(readings.boxes[:, 0]))
    gaps = np.flatnonzero(np.diff(readings.times[seen]) > LOST_S) + 1
    for stretch in np.split(seen, gaps):
        if len(stretch) < 2:
            continue
        edges, evidence = readings.boxes[stretch], readings.posterior[stretch]
        x, y = (edges[:, 0] + edges[:, 2]) / 2, (edges[:, 1] + edges[:, 3]) / 2
        width, height = edges[:, 2] - edges[:, 0], edges[:, 3] - edges[:, 1]
        yield HandPath(readings.times[stretch], x, y, width, height, evidence[:, 0]), evidence


class HeldDrawings:
    """Decides whether a drawn letter fills a given hold, by the rules of :mod:`streamsign.recognition.drawn`.

    Args:
        readings: of the stream, with boxes.
        rules: by drawn letter.
        moving: the letters that each starts from, by drawn letter; at least those of ``rules``.
        letters: of the posteriors, after none.
    """

    def __init__(
        self,
        readings: Readings,
        rules: Mapping[str, DrawnRule],
        moving: Mapping[str, MovingInfo],
        letters: Sequence[str],
    ) -> None:
        self._paths = list(hand_paths(readings)) if rules else []
        self._rules = rules
        self._seen = {
            letter: [
                shapes_seen(
                    evidence,
                    places_of(moving[letter].starts_from, letters),
                    places_of(rule.passes, letters),
                    turned_hand(rule, letters),
                )
                for _, evidence in self._paths
            ]
            for letter, rule in rules.items()
        }

    def letter(self, hold: TrueLetter) -> str | None:
        """The drawn letter of a hold; None if it has none.

        All spans are judged that belong to the hold: a hold is not missed because the best span is another one.
        """
        best, found = 0.0, None
        length_s = hold.end_s - hold.start_s
        for number, (path, _) in enumerate(self._paths):
            last = (path.at_s >= hold.start_s) & (path.at_s <= hold.end_s)
            spans = np.unique([*SPANS_S, max(SPANS_S[0], length_s)])
            spans = spans[spans >= _LEAST_SHARE * length_s]
            ends_s, spans_s = (grid.ravel() for grid in np.meshgrid(path.at_s[last], spans, indexing="ij"))
            earliest_s = max(path.at_s[0], hold.start_s) - EARLY_S
            kept = ends_s - spans_s >= earliest_s
            if not kept.any():
                continue
            for letter, rule in self._rules.items():
                features = path_features(path, self._seen[letter][number], ends_s[kept], spans_s[kept])
                score = float(np.max(rule.scores(features))) - rule.threshold
                if score >= best:
                    best, found = score, letter
        return found

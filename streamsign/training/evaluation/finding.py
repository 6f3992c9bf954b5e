"""Figures of hand detection in whole pictures: recall by size of the hand, and false hands.

The reference boxes come from a detector. Only boxes with a high score count, without those that a person marked as
wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from streamsign.collection.manifest import Picture
from streamsign.recognition.geometry import Box
from streamsign.training.data.cleaning import LeftOut
from streamsign.training.evaluation import metrics
from streamsign.training.evaluation.groups import Member, group_figures

SAME_HAND = 0.5
"""Intersection over union from which a found box is the hand (Everingham et al. 2010)."""

MIN_DETECTOR_SCORE = 0.9
"""Detector score from which a manifest's box is a reference."""

SIZES = ((0.0, 0.15), (0.15, 0.25), (0.25, 0.4), (0.4, 0.6), (0.6, float("inf")))
"""Bands of the longer side of the hand over the shorter side of the picture: lower bound, and upper bound."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A picture with a hand: overlap of the found box with the manifest's (0 if none was found), and its size.

    ``share`` is the longer side of the manifest's box over the picture's shorter side; ``portrait`` whether the picture
    is higher than wide. ``traits`` are its bands, see :mod:`streamsign.training.evaluation.groups`.
    """

    picture: Picture
    overlap: float
    share: float
    portrait: bool
    traits: Mapping[str, str] = field(default_factory=dict)


def sighting(
    picture: Picture, hand: Box, found: Box | None, width: int, height: int, traits: Mapping[str, str] | None = None
) -> Sighting:
    """The overlap in a picture of width × height pixels; only the part of a found box inside the picture counts."""
    shared = 0.0
    if found is not None:
        inside = Box(max(0.0, found.x0), max(0.0, found.y0), min(float(width), found.x1), min(float(height), found.y1))
        shared = inside.iou(hand)
    share = hand.longer_side / min(width, height)
    return Sighting(picture, shared, share, height > width, traits or {})


def finding_figures(
    sightings: Sequence[Sighting], false: Sequence[tuple[Picture, bool]], wrong_boxes: LeftOut
) -> Mapping[str, Any]:
    """Recall with its interval and by size, and the share of hand-free pictures in which a hand was found.

    Args:
        sightings: pictures with a box.
        false: each picture without a hand, and whether a hand was found. They are averaged over rooms too, because one
            lamp in a room with many pictures could cause most of the false hands. A room is that of one signer.
        wrong_boxes: rows whose box is wrong.
    """
    sure = [seen for seen in sightings if seen.picture.score is None or seen.picture.score >= MIN_DETECTOR_SCORE]
    right = [seen for seen in sure if not _is_in(wrong_boxes, seen.picture)]
    hits = [seen.overlap >= SAME_HAND for seen in right]
    by_signer = metrics.accuracy_by_group(np.array(hits, np.bool_), [seen.picture.signer for seen in right])
    seen_falsely = np.array([seen for _, seen in false], np.bool_)
    by_room = metrics.accuracy_by_group(seen_falsely, [picture.signer for picture, _ in false])
    by_source = metrics.accuracy_by_group(seen_falsely, [picture.source for picture, _ in false])
    return {
        "hands": len(right),
        "unsure_boxes": len(sightings) - len(sure),
        "wrong_boxes": len(sure) - len(right),
        "recall": float(np.mean(hits)) if hits else None,
        "recall_ci95": metrics.wilson(sum(hits), len(hits)),
        "recall_by_signer": float(np.mean([share for _, share in by_signer.values()])) if by_signer else None,
        "overlap": float(np.mean([seen.overlap for seen in right])) if right else None,
        "by_size": [_of_size(right, low, high) for low, high in SIZES],
        "by_orientation": {
            "landscape": _recall([seen for seen in right if not seen.portrait]),
            "portrait": _recall([seen for seen in right if seen.portrait]),
        },
        "groups": group_figures(
            [Member(seen.picture.signer, seen.traits, hit, hit) for seen, hit in zip(right, hits, strict=True)]
        ),
        "hand_free": len(false),
        "false_hands": float(seen_falsely.mean()) if false else None,
        "rooms": len(by_room),
        "false_hands_by_room": float(np.mean([share for _, share in by_room.values()])) if by_room else None,
        "false_hands_by_source": {
            source: {"hand_free": count, "false_hands": share} for source, (count, share) in by_source.items()
        },
        "missed": [
            {"folder": seen.picture.folder.name, "line": seen.picture.row, "overlap": round(seen.overlap, 3)}
            for seen in right
            if seen.overlap < SAME_HAND
        ],
    }


def _is_in(wrong_boxes: LeftOut, picture: Picture) -> bool:
    return wrong_boxes.has(picture.folder.name, picture.row, picture.file)


def _of_size(sightings: Sequence[Sighting], low: float, high: float) -> dict[str, Any]:
    of_size = [seen for seen in sightings if low <= seen.share < high]
    return {"from": low, "to": None if high == float("inf") else high, **_recall(of_size)}


def _recall(sightings: Sequence[Sighting]) -> dict[str, Any]:
    hits = [seen.overlap >= SAME_HAND for seen in sightings]
    return {"hands": len(hits), "recall": float(np.mean(hits)) if hits else None}

from pathlib import Path

import numpy as np
import pytest

from streamsign.errors import ModelInvalid
from streamsign.recognition.drawn import FILE, Drawn, DrawnRule, DrawnRules, PathRecognizer, turned_hand
from streamsign.recognition.folders import read_document
from streamsign.recognition.geometry import Box
from streamsign.recognition.model import MovingInfo

LETTERS = ["D", "I"]
MOVING = {"Z": MovingInfo.model_validate({"from": ["D"]})}
ZIGZAG = DrawnRule.model_validate(
    {
        "weights": {"stroke": 20.0, "stroke_down": 4.0, "last_stroke_back": -10.0},
        "bias": -8.0,
        "threshold": 0.0,
        "minimum": {"start_share": 0.5},
    }
)


def _drawn(fps: float, shown: str = "D", lost_s: float = 9.0, down: float = 0.5) -> list[Drawn]:
    """What is decided of a hand that rests, draws three strokes in 0.75 s and rests again."""
    recognizer, found = PathRecognizer({"Z": ZIGZAG}, MOVING, LETTERS), []
    evidence = np.full(3, 0.05)
    evidence[1 + LETTERS.index(shown)] = 0.9
    for at_s in np.arange(0.0, 3.0, 1 / fps).tolist():
        x = 200 + 60 * float(np.interp(at_s, [1.0, 1.25, 1.5, 1.75], [0.0, 1.0, 0.0, 1.0]))
        y = 200 + 100 * down * float(np.interp(at_s, [1.25, 1.5], [0.0, 1.0]))
        box = Box(x - 30, y - 50, x + 30, y + 50) if at_s < lost_s else None
        drawn = recognizer.update(box, evidence, at_s)
        if drawn is not None:
            found.append(drawn)
    return found


@pytest.mark.parametrize("fps", [12, 15, 30, 60])
def test_a_zigzag_is_decided_once_soon_after_its_end_at_every_frame_rate(fps: float) -> None:
    """The letter is decided within 0.3 s after the last stroke, with the probability of its score."""
    (drawn,) = _drawn(fps)
    assert drawn.letter == "Z"
    assert drawn.probability > 0.5
    assert 1.6 <= drawn.ended_s <= 1.75 + 0.3
    assert drawn.started_s < 1.25


def test_another_hand_that_moves_alike_draws_nothing() -> None:
    """The hand must look like a letter that the drawn one starts from."""
    assert _drawn(30, shown="I") == []


def test_a_hand_that_leaves_the_picture_in_the_last_stroke_draws_nothing() -> None:
    """Without the hand in view after the greatest score nothing is decided."""
    assert _drawn(30, lost_s=1.7) == []


def test_rules_name_known_features_only(tmp_path: Path) -> None:
    """A file with a feature that does not exist, or without JSON, is rejected, and the error names it."""
    path = tmp_path / FILE
    for text in ('{"letters": {"Z": {"weights": {"color": 1}, "bias": 0, "threshold": 0}}}', "{"):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ModelInvalid, match="paths"):
            read_document(path, DrawnRules)


def test_weights_of_the_turned_hand_are_in_the_order_of_the_evidence() -> None:
    """None is first; letters without a weight have 0; a rule without weights has no such evidence."""
    rule = ZIGZAG.model_copy(update={"turned": {"I": 2.0, "none": -1.0}, "turned_bias": 0.5})
    turned = turned_hand(rule, LETTERS)
    assert turned is not None
    assert (turned.weights.tolist(), turned.bias) == ([-1.0, 0.0, 2.0], 0.5)
    assert turned_hand(ZIGZAG, LETTERS) is None

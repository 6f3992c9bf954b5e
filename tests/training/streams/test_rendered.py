"""The demo signer's streams."""

import json
from pathlib import Path

import numpy as np
import pytest

from streamsign.training.streams.rendered import RENDERED, rendered_streams, streams_as_filmed


def test_a_rendered_word_has_exact_times_and_a_box_that_holds_the_hand() -> None:
    """About two letters a second, the truth of the word, and a box in every frame in which a letter is held."""
    (stream,) = rendered_streams(1, seed=7)
    assert "".join(each.letter for each in stream.truth) == "LOVE"
    starts = [each.start_s for each in stream.truth]
    assert np.diff(starts).mean() == pytest.approx(1 / RENDERED.rate, rel=0.25)
    shots = list(stream.shots)
    assert (shots[0].hand, shots[-1].hand) == (None, None)
    held = [shot for shot in shots if any(each.start_s <= shot.at_s <= each.end_s for each in stream.truth)]
    assert len(held) >= 0.4 / RENDERED.rate * RENDERED.fps * len(stream.truth)
    for shot in held:
        assert shot.hand is not None
        height, width = shot.luma.shape
        assert -1 <= shot.hand.x0 < shot.hand.x1 <= width + 1
        assert 0.2 * height < shot.hand.height <= height


def test_words_of_films_are_spelled_in_their_times(tmp_path: Path) -> None:
    """Only words of the split are made, at the film's rate, each letter where the film has it, shifted alike."""
    letters = [("D", 0.1, 0.7), ("A", 0.93, 1.5), ("D", 1.8, 2.2)]
    truth = [{"letter": letter, "start_s": start_s, "end_s": end_s} for letter, start_s, end_s in letters]
    films = [
        {"file": "a.mp4", "signer": "a", "split": "val", "fps": 12, "truth": truth},
        {"file": "b.mp4", "signer": "b", "split": "test", "fps": 30, "truth": truth},
        {"file": "c.mp4", "signer": "c", "split": "val", "fps": 30, "truth": truth[:1]},
    ]
    (tmp_path / "spelled").mkdir()
    (tmp_path / "spelled" / "streams.json").write_text(json.dumps(films))
    for film in films:
        (tmp_path / "spelled" / str(film["file"])).touch()
    (stream,) = streams_as_filmed(tmp_path, "val", 0)
    assert stream.name == "DAD"
    later_s = stream.truth[0].start_s - 0.1
    for (letter, start_s, end_s), true in zip(letters, stream.truth, strict=True):
        assert true.letter == letter
        assert (true.start_s - later_s, true.end_s - later_s) == pytest.approx((start_s, end_s), abs=0.1)
    times = [shot.at_s for shot, _ in zip(stream.shots, range(3), strict=False)]
    assert np.diff(times) == pytest.approx(1 / 12)

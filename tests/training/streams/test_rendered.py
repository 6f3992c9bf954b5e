"""The demo signer's streams."""

import itertools

from streamsign.training.streams.rendered import RENDERED, rendered_streams


def test_a_rendered_word_has_exact_times_and_a_box_that_holds_the_hand() -> None:
    """Two letters a second, the truth of the word, and a box in every frame in which a letter is held."""
    (stream,) = rendered_streams(1, seed=7)
    assert "".join(each.letter for each in stream.truth) == "LOVE"
    starts = [each.start_s for each in stream.truth]
    assert [round(after - before, 3) for before, after in itertools.pairwise(starts)] == [0.5] * 3
    shots = list(stream.shots)
    assert (shots[0].hand, shots[-1].hand) == (None, None)
    held = [shot for shot in shots if any(each.start_s <= shot.at_s <= each.end_s for each in stream.truth)]
    assert len(held) >= 0.6 / RENDERED.rate * RENDERED.fps * len(stream.truth) - len(stream.truth)
    for shot in held:
        assert shot.hand is not None
        height, width = shot.luma.shape
        assert -1 <= shot.hand.x0 < shot.hand.x1 <= width + 1
        assert 0.2 * height < shot.hand.height <= height

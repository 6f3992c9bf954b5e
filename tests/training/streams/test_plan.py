"""What happens in a stream and when."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.training.streams.plan import AWAY, TRANSITION_SHARE, Path, frame_times, spell


@given(st.text("CELOV", min_size=1, max_size=7), st.floats(1, 4), st.integers(0, 1000))
def test_a_plan_is_in_order_and_labeled(word: str, rate: float, seed: int) -> None:
    """Shapes follow each other without overlap, the hand comes and goes, the truth is the word."""
    plan = spell(word, rate, np.random.default_rng(seed), passing=["#0"])
    assert plan.held[0].shape == plan.held[-1].shape == AWAY
    assert "".join(each.letter for each in plan.truth) == word
    assert all(
        before.end_s < after.start_s < after.end_s for before, after in zip(plan.held, plan.held[1:], strict=False)
    )
    for before, after in zip(plan.held[1:-1], plan.held[2:-1], strict=False):
        assert (after.move is Path.CROSS) == (before.shape != after.shape)
        low, high = TRANSITION_SHARE
        if after.move is Path.CROSS:
            assert low - 1e-6 <= (after.start_s - before.end_s) * rate <= high + 1e-6
    assert list(plan.times) == sorted(plan.times)


def test_the_frame_rate_changes_nothing_but_the_frames() -> None:
    """The same seed spells the same at 12 and at 30 frames a second."""
    plans = [spell("COOL", 2, np.random.default_rng(4), fps=fps) for fps in (12, 30)]
    assert plans[0].held == plans[1].held
    assert len(plans[1].times) == pytest.approx(2.5 * len(plans[0].times), abs=2)


def test_shapes_that_are_no_letters_have_no_truth() -> None:
    """What is shown outside the model must not be read."""
    assert spell(["#0", "#1"], 1.3, np.random.default_rng(0), labeled=False).truth == ()


@given(st.floats(0.2, 3), st.floats(5, 60), st.floats(0, 0.49), st.floats(0, 0.9), st.integers(0, 99))
def test_frames_never_go_back(length_s: float, fps: float, jitter: float, drops: float, seed: int) -> None:
    """However uneven, times rise from 0 on; the first frame is never dropped."""
    times = frame_times(length_s, fps, np.random.default_rng(seed), jitter, drops)
    assert len(times) >= 1
    assert times[0] >= 0
    assert all(later > earlier for earlier, later in itertools.pairwise(times))

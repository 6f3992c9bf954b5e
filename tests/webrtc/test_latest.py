"""The newest-only slot."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streamsign.webrtc.latest import LatestSlot


@given(st.lists(st.integers(), min_size=1))
def test_newest_wins_and_the_rest_is_counted(items: list[int]) -> None:
    """However many are put, the taker gets the last, and the others count as replaced."""
    slot: LatestSlot[int] = LatestSlot()
    for item in items:
        slot.put(item)
    assert slot.take() == items[-1]
    assert slot.take() is None
    assert slot.statistics().replaced == len(items) - 1

"""client/clip.py: one clip on two connections."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streamsign.client.clip import ClipTrack


class _Short:
    fps = 50.0

    def __len__(self) -> int:
        return 6

    def picture(self, number: int) -> NDArray[np.uint8]:
        return np.full((16, 16, 3), number, np.uint8)


async def test_another_track_goes_on_where_the_first_one_is() -> None:
    """The second connection of a camera that moves sends the same clip on the same clock, and both know its end."""
    one = ClipTrack(_Short())
    first = await one.recv()
    other = one.again()
    times = [float(first.time)]
    while not other.ended.is_set():
        times.append(float((await other.recv()).time))
    assert times == sorted(times)
    assert one.ended.is_set()
    one.stop()
    other.stop()

"""A clock reading painted into a picture, which gives the time at which a decoded frame was drawn.

The top quarter of the picture is two rows of 16 cells, white for 1: 24 bits of tenths of milliseconds (it wraps after
28 minutes) and 8 bits of their sum, most significant first. Cells are 30 pixels wide at 640×480, far above what a
codec blurs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # peers' environments have no streamsign
    from streamsign.recognition.frame import Luma

COLUMNS, ROWS = 16, 2
SHARE = 0.25
"""Height of the cells over the picture's height."""

TICKS_PER_MS = 10
WRAP = 1 << 24

PAINT_JS = """
(context, width, height, ticks) => {
  const sum = (ticks & 255) + ((ticks >> 8) & 255) + ((ticks >> 16) & 255) & 255;
  for (let i = 0; i < 32; i++) {
    const bit = i < 24 ? (ticks >> (23 - i)) & 1 : (sum >> (31 - i)) & 1;
    context.fillStyle = bit ? '#fff' : '#000';
    const w = width / 16, h = height / 8;
    context.fillRect((i % 16) * w, Math.floor(i / 16) * h, w, h);
  }
}
"""
"""The same function for a canvas."""


def _checksum(ticks: int) -> int:
    return ((ticks & 255) + (ticks >> 8 & 255) + (ticks >> 16 & 255)) & 255


def paint(luma: Luma, ticks: int) -> None:
    """Paint a clock reading into (height, width) uint8, in place; ``ticks`` in [0, WRAP)."""
    word = ticks << 8 | _checksum(ticks)
    height, width = luma.shape
    for index in range(COLUMNS * ROWS):
        row, column = divmod(index, COLUMNS)
        top, bottom = (round((row + edge) * height * SHARE / ROWS) for edge in (0, 1))
        left, right = (round((column + edge) * width / COLUMNS) for edge in (0, 1))
        luma[top:bottom, left:right] = 255 if word >> (31 - index) & 1 else 0


def read(luma: Luma) -> int | None:
    """Clock reading of a decoded picture in ticks, None when its checksum is wrong (no time code, or a broken frame).

    Args:
        luma: (height, width) uint8, full or limited range, at least 48 pixels high and wide.
    """
    height, width = luma.shape
    word = 0
    for index in range(COLUMNS * ROWS):
        row, column = divmod(index, COLUMNS)
        y = round((row + 0.5) * height * SHARE / ROWS)
        x = round((column + 0.5) * width / COLUMNS)
        word = word << 1 | int(np.mean(luma[y - 1 : y + 2, x - 1 : x + 2]) > 127)
    ticks, checksum = word >> 8, word & 255
    # A black picture has a sum of zero too; a clock is at zero only for one tick.
    return ticks if ticks and _checksum(ticks) == checksum else None


def elapsed_ms(drawn: int, seen_s: float) -> float:
    """Milliseconds from a clock reading to a time in seconds on the same clock; negative if it is later."""
    ticks = (round(seen_s * 1000 * TICKS_PER_MS) - drawn) % WRAP
    return (ticks if ticks < WRAP // 2 else ticks - WRAP) / TICKS_PER_MS

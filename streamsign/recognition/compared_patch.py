"""Compares patches of a hand by normalized cross-correlation (Lewis 1995).

The middle of an earlier patch is searched in the present one, at two sizes: the smaller one can be found further away,
the larger one shows more of the shape. The correlations are those of ``cv2.matchTemplate`` with TM_CCOEFF_NORMED except
for the rounding of float32, in two thirds of the time: each patch is transformed once for all comparisons, and the two
middles are the real and the imaginary part of one transform.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

COMPARED_PX = 48
"""Side of compared patches: a hand is 37 pixels of it, and a match is precise to 0.1 pixel."""

SMALL_MARGIN_PX, LARGE_MARGIN_PX = 12, 10
"""Margins of the smaller and the larger middle in a patch, which are their greatest displacements."""

_LEAST_ENERGY = 0.5
"""Squared differences from the mean, summed, below which a window is flat: for integer levels it is 0 or about 1."""


class _Size:
    """A size of middles, and of the windows in which they are searched.

    Args:
        margin: of the middle in a patch, pixels.
        part: of the transform that the middle is in, 0 the real and 1 the imaginary one.
        first_window: number of windows before those of this size.
    """

    def __init__(self, margin: int, part: int, first_window: int) -> None:
        self.side = COMPARED_PX - 2 * margin
        self.places = 2 * margin + 1
        self.windows = slice(first_window, first_window + self.places**2)
        self.middle_window = first_window + self.places**2 // 2
        self.middle = (slice(margin, -margin), slice(margin, -margin))
        self.packed = (slice(self.side), slice(self.side), part)
        self.found = (slice(self.places), slice(self.places), part)


_SMALL = _Size(SMALL_MARGIN_PX, 0, 0)
_LARGE = _Size(LARGE_MARGIN_PX, 1, _SMALL.windows.stop)
_SIZES = (_SMALL, _LARGE)
_WINDOWS = _LARGE.windows.stop
_PIXEL_SHARES = np.repeat([1 / size.side**2 for size in _SIZES], [size.places**2 for size in _SIZES])
"""One over the pixels of each window."""


class Middles(NamedTuple):
    """Both middles of a patch, to be searched in later patches.

    Attributes:
        spectrum: (48, 48) complex64, conjugate transform of the smaller one plus i times the larger one, both without
            their means.
        energies: of each, see :class:`ComparedPatch`.
    """

    spectrum: NDArray[np.complex64]
    energies: tuple[float, float]


class ComparedPatch:
    """A patch that is compared with the middles of earlier ones.

    Its energy, and that of a window in it, is the sum of squared differences from the mean.

    Args:
        pixels: (48, 48) uint8.
    """

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        means, energies = _windows(pixels)
        packed = np.zeros((COMPARED_PX, COMPARED_PX, 2), np.float32)
        for size in _SIZES:
            mean = np.float32(means[size.middle_window])
            np.subtract(pixels[size.middle], mean, out=packed[size.packed])
        middles = (float(energies[_SMALL.middle_window]), float(energies[_LARGE.middle_window]))
        self.middles = Middles(_transformed(packed).conj(), middles)
        """What later patches are compared with."""
        self._norms = np.sqrt(np.maximum(energies, _LEAST_ENERGY).astype(np.float32))
        self._spectrum = _transformed(pixels.astype(np.complex64).view(np.float32).reshape(packed.shape))
        self._last: tuple[Middles, NDArray[np.float32]] | None = None

    def small(self, before: Middles) -> NDArray[np.float32]:
        """Correlations of the smaller middle of an earlier patch with this patch.

        Returns:
            (25, 25), by displacement down and right; [12, 12] is that without displacement. Ones for a flat middle, and
            0 at flat windows.
        """
        return self._correlations(before, _SMALL, before.energies[0], 1.0)

    def large(self, before: Middles) -> NDArray[np.float32]:
        """The same of the larger middle, (21, 21)."""
        return self._correlations(before, _LARGE, before.energies[1], -1.0)

    def _correlations(self, before: Middles, size: _Size, energy: float, sign: float) -> NDArray[np.float32]:
        norms = self._norms[size.windows].reshape(size.places, size.places)
        if energy < _LEAST_ENERGY:
            return np.ones_like(norms)
        return np.asarray(self._products(before)[size.found] / (norms * (sign * math.sqrt(energy))))

    def _products(self, before: Middles) -> NDArray[np.float32]:
        """(48, 48, 2): products of the smaller middle with each window, and those of the larger one times -1."""
        if self._last is None or self._last[0] is not before:
            products = (self._spectrum * before.spectrum).view(np.float32).reshape(COMPARED_PX, COMPARED_PX, 2)
            self._last = before, cv2.dft(products, products, cv2.DFT_INVERSE | cv2.DFT_SCALE)
        return self._last[1]


def _windows(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and energy of each window, those of the smaller size first."""
    levels, squares = cv2.integral2(pixels)
    totals, energies = np.empty(_WINDOWS), np.empty(_WINDOWS)
    for sums, windows in ((levels, totals), (squares, energies)):
        for size in _SIZES:
            rows = sums[size.side :] - sums[: -size.side]
            into = windows[size.windows].reshape(size.places, size.places)
            np.subtract(rows[:, size.side :], rows[:, : -size.side], out=into)
    means = totals * _PIXEL_SHARES
    energies -= totals * means
    return means, energies


def _transformed(parts: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Transform of (48, 48, 2) real and imaginary parts, which it overwrites."""
    return np.asarray(cv2.dft(parts, parts).view(np.complex64)[..., 0])

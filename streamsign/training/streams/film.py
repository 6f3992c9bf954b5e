"""Pictures of a planned stream.

While a letter is held, the signer's frames are shown. In between, the hand moves over the signer's room, with motion
blur.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.frame import Luma
from streamsign.recognition.geometry import Box
from streamsign.training.streams.bursts import Burst, BurstSigner
from streamsign.training.streams.plan import AWAY, HeldShape, Path, StreamPlan

BURST_FPS = 30.0

_AROUND = 1.5
"""Side of the area that is moved with a hand, over its box: it includes fingertips and wrist."""

_STILL_PX = 1.0  # shorter blur and displacement are not visible


class Shot(NamedTuple):
    """One frame: (height, width) uint8 luma, its time, the hand's box (None: no hand in view), and the luma's range."""

    luma: Luma
    at_s: float
    hand: Box | None
    limited_range: bool = False


class Still(NamedTuple):
    """A still picture of a hand with its box, for shapes that are not letters of the model."""

    luma: Luma
    hand: Box


class _Look(NamedTuple):
    luma: Luma
    hand: Box


Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StreamFilm:
    """The pictures of a plan by one signer.

    Attributes:
        plan: the holds and transitions with their times.
        signer: whose frames.
        foreign: pictures of other shapes by name, as large as the signer's hand.
    """

    plan: StreamPlan
    signer: BurstSigner
    foreign: Mapping[str, Still]

    def __iter__(self) -> Iterator[Shot]:
        """Every frame, in order."""
        for at_s in self.plan.times:
            yield self.shot(at_s)

    def shot(self, at_s: float) -> Shot:
        """The frame at a time in seconds."""
        before, after, share = self._where(at_s)
        shapes = self._shapes(before, after, share, at_s)
        if not shapes:
            return Shot(self.signer.plate, at_s, None)
        center = self._center(at_s)
        blur = (self._center(at_s + 0.005) - self._center(at_s - 0.005)) / 0.01 * self.plan.exposure_s
        box = _box_at(center, shapes)
        height, width = self.signer.plate.shape
        hand = box if 0 <= center[0] < width and 0 <= center[1] < height else None
        look, _ = shapes[0]
        moved = float(np.linalg.norm(center - _middle(look.hand)))
        if share == 0 and moved < _STILL_PX and look.luma.shape == self.signer.plate.shape:
            return Shot(look.luma, at_s, hand)
        picture = self.signer.plate.astype(np.float32)
        for look, opacity in shapes:
            _paste(picture, look, center, blur, opacity)
        return Shot(np.clip(picture + 0.5, 0, 255).astype(np.uint8), at_s, hand)

    def _where(self, at_s: float) -> tuple[HeldShape, HeldShape, float]:
        """The previous hold, the next hold, and the share of the transition that is done (0 while held)."""
        held = self.plan.held
        for before, after in itertools.pairwise(held):
            if at_s < before.end_s:
                return before, before, 0.0
            if at_s < after.start_s:
                return before, after, (at_s - before.end_s) / (after.start_s - before.end_s)
        return held[-1], held[-1], 0.0

    def _shapes(self, before: HeldShape, after: HeldShape, share: float, at_s: float) -> list[tuple[_Look, float]]:
        """The picture of the hand: two layers, with the opacity of the upper one."""
        names = [name for name in (before.shape, after.via, after.shape) if name != AWAY]
        if share == 0:
            names = names[:1] if before.shape != AWAY else []
        if not names:
            return []
        looks = [self._look(name, before, after, at_s) for name in names]
        place = share * (len(names) - 1)
        first = min(int(place), len(names) - 1)
        # Two shapes blend in the middle third of the transition.
        opacity = float(np.clip((place - first - 1 / 3) * 3, 0, 1))
        shapes = [(looks[first], 1.0)]
        if opacity > 0 and first + 1 < len(looks):
            shapes.append((looks[first + 1], opacity))
        return shapes

    def _look(self, name: str, before: HeldShape, after: HeldShape, at_s: float) -> _Look:
        if name in self.foreign:
            return _Look(*self.foreign[name])
        held = after if name == after.shape and name != before.shape else before
        burst = self.signer.bursts[name]
        number = self._frame_number(burst, held, at_s)
        return _Look(burst.luma[number], burst.boxes[number])

    def _frame_number(self, burst: Burst, held: HeldShape, at_s: float) -> int:
        """The frame of a burst at a time; the burst plays forward and backward."""
        last = len(burst.luma) - 1
        number = round(held.seek * last + (at_s - held.since_s) * BURST_FPS) % (2 * last)
        return min(number, 2 * last - number)

    def _place(self, held: HeldShape, at_s: float) -> Vector:
        """Where the hand of a held shape is, pixels."""
        height, width = self.signer.plate.shape
        if held.shape == AWAY:
            return np.array([width * 0.5, height * 1.3])
        if held.shape in self.foreign:
            return np.array([width * (0.4 + 0.2 * held.seek), height * 0.45])
        burst = self.signer.bursts[held.shape]
        number = self._frame_number(burst, held, at_s)
        hand = burst.boxes[number]
        return np.asarray(_middle(hand) + np.array([held.aside * self.signer.size, 0.0]), np.float64)

    def _center(self, at_s: float) -> Vector:
        before, after, share = self._where(at_s)
        if share == 0:
            return self._place(before, at_s)
        start, end = self._place(before, at_s), self._place(after, at_s)
        eased = share * share * (3 - 2 * share)
        center = start + (end - start) * eased
        if AWAY in (before.shape, after.shape) or after.move is Path.SLIDE:
            return center
        if after.move is Path.BOUNCE:
            swung = np.array([0.0, after.swing * self.signer.size])
        else:
            # A detour to the side, so that the path has at least this length.
            width = min(self._size(before, at_s), self._size(after, at_s))
            way = end - start
            length = float(np.linalg.norm(way))
            across = np.array([-way[1], way[0]]) / length if length > 1 else np.array([0.6, 0.8])
            swung = across * float(np.sqrt(max(0.0, (after.swing * width) ** 2 - length**2))) / 2
        return np.asarray(center + swung * np.sin(np.pi * eased), np.float64)

    def _size(self, held: HeldShape, at_s: float) -> float:
        hand = self._look(held.shape, held, held, at_s).hand
        return min(hand.width, hand.height)


def fitted(picture: Still, size: float) -> Still:
    """A foreign picture resampled so that its hand's longer side is ``size`` pixels."""
    hand = picture.hand
    zoom = size / hand.longer_side
    luma = cv2.resize(picture.luma, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    return Still(np.asarray(luma, np.uint8), Box(*(edge * zoom for edge in hand)))


def _middle(box: Box) -> Vector:
    return np.array(box.center)


def _box_at(center: Vector, shapes: list[tuple[_Look, float]]) -> Box:
    sides = np.array([[look.hand.width, look.hand.height] for look, _ in shapes])
    half = (sides[0] if len(sides) == 1 else sides[0] + (sides[1] - sides[0]) * shapes[1][1]) / 2
    return Box(center[0] - half[0], center[1] - half[1], center[0] + half[0], center[1] + half[1])


def _paste(picture: NDArray[np.float32], look: _Look, center: Vector, blur: Vector, opacity: float) -> None:
    """Draw a hand into a picture at a place, smeared along a vector in pixels."""
    middle = _middle(look.hand)
    reach = np.array([look.hand.width, look.hand.height]) * _AROUND / 2
    height, width = look.luma.shape
    x0, y0 = np.maximum(np.floor(middle - reach), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(middle + reach), [width, height]).astype(int)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    pad = np.ceil(np.abs(blur) / 2).astype(int) + 1
    inner = look.luma[y0:y1, x0:x1].astype(np.float32)
    patch = cv2.copyMakeBorder(inner, pad[1], pad[1], pad[0], pad[0], cv2.BORDER_REPLICATE)
    xs, ys = np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5
    away = np.hypot((xs[None, :] - middle[0]) / reach[0], (ys[:, None] - middle[1]) / reach[1])
    cover = np.clip((1.0 - away) / 0.2, 0, 1).astype(np.float32)
    mask = cv2.copyMakeBorder(cover, pad[1], pad[1], pad[0], pad[0], cv2.BORDER_CONSTANT, value=0)
    if np.linalg.norm(blur) >= 2 * _STILL_PX:
        kernel = _line(blur)
        patch, mask = cv2.filter2D(patch, -1, kernel), cv2.filter2D(mask, -1, kernel)
    # Whole pixels are enough, because the hand moves.
    left, top = np.round(center - middle).astype(int) + np.array([x0, y0]) - pad
    rows, columns = picture.shape
    a, b = max(0, -left), max(0, -top)
    c, d = min(patch.shape[1], columns - left), min(patch.shape[0], rows - top)
    if c <= a or d <= b:
        return
    under = picture[top + b : top + d, left + a : left + c]
    share = opacity * mask[b:d, a:c]
    under += share * (patch[b:d, a:c] - under)


def _line(blur: Vector) -> NDArray[np.float32]:
    """Kernel of an even movement along a vector while the shutter is open; sums to 1."""
    half = np.ceil(np.abs(blur) / 2).astype(int)
    kernel = np.zeros((2 * half[1] + 1, 2 * half[0] + 1), np.float32)
    steps = np.linspace(-0.5, 0.5, 2 * int(np.abs(blur).max()) + 3)
    columns, rows = np.round(half[0] + steps * blur[0]).astype(int), np.round(half[1] + steps * blur[1]).astype(int)
    np.add.at(kernel, (rows, columns), 1.0)
    return np.asarray(kernel / kernel.sum(), np.float32)

"""Rectangles and squares of a frame, in pixels."""

from __future__ import annotations

from typing import NamedTuple


class Square(NamedTuple):
    """A square of the frame, in pixels of that frame. It may extend beyond the frame."""

    center_x: float
    center_y: float
    side: float


class Box(NamedTuple):
    """A rectangle of the frame, in pixels: (x0, y0) inclusive, (x1, y1) exclusive."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Horizontal side."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Vertical side."""
        return self.y1 - self.y0

    @property
    def center(self) -> tuple[float, float]:
        """Center, (x, y)."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    @property
    def longer_side(self) -> float:
        """The larger of width and height: the size of a hand."""
        return max(self.x1 - self.x0, self.y1 - self.y0)

    def iou(self, other: Box) -> float:
        """Intersection over union with another box, 0–1."""
        width = min(self.x1, other.x1) - max(self.x0, other.x0)
        height = min(self.y1, other.y1) - max(self.y0, other.y0)
        if width <= 0 or height <= 0:
            return 0.0
        areas = self.width * self.height + other.width * other.height
        return width * height / (areas - width * height)

    def moved(self, x: float, y: float) -> Box:
        """The same box, shifted right by x and down by y."""
        return Box(self.x0 + x, self.y0 + y, self.x1 + x, self.y1 + y)

"""Draws favicon.svg as PNG files, for home screens: ``python -m streamsign.server.pages.icons``.

iOS takes no SVG as the icon of a page. The square has no rounded corners, because home screens crop it. The mark is
within the safe zone of maskable icons (W3C Web Application Manifest, section on purposes), a circle of 0.4 of the side.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.server.pages.html import WEB

SIZES = (180, 192, 512)
"""Sides of the files, pixels: of iOS, and those that Chromium asks of an app that can be installed."""

_GROUND = (0x66, 0x6E, 0x0F)  # #0f6e66 as blue, green, red
_SIDE = 32  # of the SVG's viewBox
_STROKE = 2.4
_FINE = 8  # each pixel is drawn as so many in each direction, then averaged
_CENTER = (16.163, 16.0)  # of the SVG's arc of radius 5.4 between (20, 12.2) and (20, 19.8)
_RADIUS, _OPENING_DEG = 5.4, 44.72


def icon(size: int) -> NDArray[np.uint8]:
    """The icon, (size, size, 3) uint8, blue, green, red."""
    side = size * _FINE
    unit = side / _SIDE
    drawn = np.full((side, side, 3), _GROUND, np.uint8)

    def points(center: tuple[float, float], radius: float, start_deg: float, end_deg: float) -> NDArray[np.float64]:
        angles = np.radians(np.linspace(start_deg, end_deg, 200))
        return np.stack([center[0] + radius * np.cos(angles), center[1] + radius * np.sin(angles)], axis=1)

    corner = np.concatenate([[(11.0, 7.0)], points((9, 9), 2, 270, 180), [(7.0, 11.0)]])
    corners = [np.abs([x, y] - corner) for x in (0, _SIDE) for y in (0, _SIDE)]
    for line in [*corners, points(_CENTER, _RADIUS, _OPENING_DEG, 360 - _OPENING_DEG)]:
        path = np.round(line * unit).astype(np.int32)
        cv2.polylines(drawn, [path], isClosed=False, color=(255, 255, 255), thickness=round(_STROKE * unit))
    return np.asarray(cv2.resize(drawn, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def write(folder: Path = WEB) -> None:
    """Write ``icon-SIZE.png`` for each of :data:`SIZES`."""
    for size in SIZES:
        png = cv2.imencode(".png", icon(size), [cv2.IMWRITE_PNG_COMPRESSION, 9])[1]
        (folder / f"icon-{size}.png").write_bytes(png.tobytes())


if __name__ == "__main__":
    write()

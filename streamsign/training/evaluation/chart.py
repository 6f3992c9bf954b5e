"""Draws the reliability diagram of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def reliability_chart(bins: Sequence[Mapping[str, float]]) -> str:
    """The diagram as an SVG element.

    Args:
        bins: rows of :func:`streamsign.training.evaluation.metrics.calibration_bins`, at least one.
    """
    left, top, width, height = 44, 12, 364, 190
    lowest = min(min(row["confidence"], row["accuracy"]) for row in bins)
    floor = min(0.9, int(10 * lowest) / 10)
    step = width / len(bins)

    def level(share: float) -> str:
        return f"{top + height * (1 - share) / (1 - floor):.1f}"

    parts = []
    for share in (floor, (1 + floor) / 2, 1.0):
        y = level(share)
        parts.append(f'<line class="grid" x1="{left}" x2="{left + width}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{left - 8}" y="{y}" dy="4" text-anchor="end">{100 * share:.0f} %</text>')
    for number, row in enumerate(bins):
        x = left + (number + 0.5) * step
        believed, right = level(row["confidence"]), level(row["accuracy"])
        half = min(8.0, 0.35 * step)
        parts.append(
            f'<line class="gap" x1="{x:.1f}" x2="{x:.1f}" y1="{believed}" y2="{right}"/>'
            f'<line class="believed" x1="{x - half:.1f}" x2="{x + half:.1f}" y1="{believed}" y2="{believed}"/>'
            f'<circle class="right" cx="{x:.1f}" cy="{right}" r="4.5"/>'
        )
    foot = top + height + 24
    parts.append(f'<text x="{left}" y="{foot}">least certain</text>')
    parts.append(f'<text x="{left + width}" y="{foot}" text-anchor="end">most certain</text>')
    return (
        f'<svg class="chart" viewBox="0 0 {left + width + 12} {foot + 10}" role="img" '
        f'aria-label="Reliability diagram; the numbers are in the table below">{"".join(parts)}</svg>'
    )

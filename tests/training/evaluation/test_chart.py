"""The reliability diagram."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from streamsign.training.evaluation.chart import reliability_chart


def test_a_bin_that_is_right_more_often_has_its_dot_higher() -> None:
    """One dot for each bin; y grows downward, and falls as the accuracy grows."""
    bins = [{"images": 5, "confidence": 0.7, "accuracy": share} for share in (0.6, 0.9)]
    chart = reliability_chart(bins)
    ET.fromstring(chart)  # noqa: S314  # drawn by the function under test
    first, second = (float(y) for y in re.findall(r'<circle class="right" cx="[\d.]+" cy="([\d.]+)"', chart))
    assert second < first

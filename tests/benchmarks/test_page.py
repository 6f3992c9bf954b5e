"""Tests of benchmarks/page.py, benchmarks/document.py and benchmarks/bars.py."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.bars import TARGETS, judged
from benchmarks.document import document, read_reports, write_document
from benchmarks.page import page, plot, write_page
from benchmarks.report import Missing, Report, Row, make_report, row, write_report
from streamsign.errors import StreamsignError

SVG = "{http://www.w3.org/2000/svg}"


def webrtc(p50: float = 10.0) -> Report:
    """A report with both subjects in one case, somebody missing and a remark."""
    rows = [
        row("draw_to_decoded/vp8_640x480_30", "ours", "ms", [p50]),
        row("draw_to_decoded/vp8_640x480_30", "stock", "ms", [40.0, 50.0]),
    ]
    return make_report("webrtc", rows, missing=[Missing(subject="fastrtc", reason="a <b> & c")], remarks=["loud room"])


def test_a_page_has_every_figure_and_escapes_words() -> None:
    """Each case has a heading, a plot and its figures, reasons are text and not markup, and nothing is loaded."""
    text = page([webrtc()])
    assert "<h3>draw_to_decoded/vp8_640x480_30</h3>" in text
    assert "<td>45</td>" in text
    assert "<td>4.50</td>" in text
    assert "a &lt;b&gt; &amp; c" in text
    assert "loud room" in text
    assert "http" not in text.replace("https://", "http")


@given(st.lists(st.lists(st.floats(0, 1e7), min_size=1, max_size=5), min_size=1, max_size=4))
def test_bars_are_as_long_as_their_figures(samples: list[list[float]]) -> None:
    """For any samples a plot is well-formed, no bar leaves it, and of two the longer figure has the longer bar."""
    rows = [row("case", "stock", "ms", [*each, 1.0]) for each in samples]
    drawn = ElementTree.fromstring(plot(rows))  # noqa: S314 - made a line above
    _, _, width, _ = (float(side) for side in drawn.attrib["viewBox"].split())
    bars = [(float(bar.attrib["x"]), float(bar.attrib["width"])) for bar in drawn.iter("rect")]
    assert all(x >= 0 and x + wide <= width for x, wide in bars)
    longest = [wide for _, wide in bars[::3]]
    for one, other in pairwise(rows):
        if one.p99 < other.p99:
            assert longest[rows.index(one)] <= longest[rows.index(other)]


def test_the_document_has_bars_figures_and_gaps(tmp_path: Path) -> None:
    """The Markdown gives the met and missed limits, the percentiles, and the missing subjects."""
    met, missed = document([webrtc()]), document([webrtc(15.0)])
    assert "| webrtc | drawn → decoded, VP8 640×480 at 30 fps, p50 | 10 ms | ≤ 14 ms | met | 20" in met
    assert "| 15 ms | ≤ 14 ms | **missed** |" in missed
    assert "| `draw_to_decoded/vp8_640x480_30` | stock | ms | 2 | 45 | 49.5 | 49.9 | 4.50 |" in met
    assert "- No figures of fastrtc: a <b> & c" in met
    assert (
        "| webrtc | decoded frame → letter on its way to the viewers, p95 | see below | ≤ 8 | not measured | 20" in met
    )
    write_document([webrtc()], tmp_path / "benchmarks.md")
    assert (tmp_path / "benchmarks.md").read_text() == met


def test_the_worst_of_several_cases_is_judged() -> None:
    """A limit on cases of one kind takes the worst of them, of ours only; without such a case it is left out."""
    name = "packet_and_nack_lost/{}/longest_freeze"
    rows: list[Row] = [
        row(name.format("vp8_640x480_30"), "ours", "ms", [200]),
        row(name.format("vp8_320x240_15"), "ours", "ms", [400]),
        row(name.format("vp8_320x240_15"), "stock", "ms", [9000]),
    ]
    [bar] = judged(make_report("loss", rows))
    assert (bar.measured, bar.met) == (400, False)
    assert list(judged(make_report("inference", rows))) == []
    [streams] = judged(make_report("capacity", [row("whip/vp8_640x480_30/streams_a_core", "ours", "streams", [14])]))
    assert streams.met
    assert len({(target.benchmark, target.case, target.quantile, target.below) for target in TARGETS}) == len(TARGETS)


def test_a_distance_from_stock_is_judged_where_there_is_stock() -> None:
    """A limit on the difference to another subject in the same case is "not measured" without that subject."""
    distances = [bar for bar in judged(webrtc(15.0)) if bar.at_least]
    assert [(bar.measured, bar.met) for bar in distances] == [(30.0, True)]
    alone = webrtc().model_copy(update={"rows": webrtc().rows[:1]})
    assert not [bar for bar in judged(alone) if bar.at_least]


def test_a_multiple_of_another_is_judged_without_a_unit() -> None:
    """A limit on the ratio to the floor is "not measured" without the floor."""
    both = [row("classify_96x96", "ours", "us", [260]), row("classify_96x96", "floor", "us", [200])]
    [bar] = judged(make_report("inference", both))
    assert bar.measured == pytest.approx(1.3)
    assert bar.unit == "×"
    assert bar.met
    assert list(judged(make_report("inference", both[:1]))) == []


def test_the_document_is_what_the_kept_results_say() -> None:
    """docs/benchmarks.md is the text that the command writes from benchmarks/results, to the letter."""
    root = Path(__file__).resolve().parents[2]
    written = (root / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert written == document(read_reports(root / "benchmarks" / "results"))


def test_reports_are_read_in_the_order_of_a_frame(tmp_path: Path) -> None:
    """Benchmarks come as a frame meets them, unknown ones last; two of a kind and an empty folder are refused."""
    with pytest.raises(StreamsignError, match="no reports"):
        read_reports(tmp_path)
    for name in ("zebra", "peers", "webrtc", "inference"):
        write_report(make_report(name, [row("case", "ours", "ms", [1])]), tmp_path / f"{name}.json")
    assert [each.name for each in read_reports(tmp_path)] == ["inference", "webrtc", "peers", "zebra"]
    write_report(webrtc(), tmp_path / "webrtc2.json")
    with pytest.raises(StreamsignError, match="several reports of webrtc"):
        read_reports(tmp_path)


def test_files_that_cannot_be_written_say_so(tmp_path: Path) -> None:
    """A folder in place of a file is an error that names the option."""
    for write, option in ((write_page, "--html"), (write_document, "--out")):
        with pytest.raises(StreamsignError, match="cannot be written") as caught:
            write([webrtc()], tmp_path)
        assert option in caught.value.next_step

"""benchmarks/browser.py: networks are timed in a real browser, in each way."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.browser import FLAGS, Timed, put_networks, row, served, time_network
from streamsign.server.ondevice.runtime import FILES, is_fetched, packed_file, unpacked
from tests.conftest import missing


def test_a_row_names_what_was_not_measured() -> None:
    """Figures are rounded, and a way that does not run has none."""
    assert row(Timed("reader", "wasm", 500.04, 8.5, 9.0, 0.0, "")) == "| reader | wasm | 500.0 | 8.5 | 9.0 | 0e+00 |  |"
    assert row(Timed("reader", "webgpu", None, None, None, None, "no")) == "| reader | webgpu | – | – | – | – | no |"


def test_the_classifier_is_timed_in_chromium(chromium_path: str, tmp_path: Path) -> None:
    """With SIMD it runs; a program that is not served is reported as a problem and stops nothing."""
    if not is_fetched():
        missing("LiteRT.js is not there: run `make phone-runtime`")
    for name in FILES:
        (tmp_path / name).write_bytes(b"".join(unpacked(packed_file(name))))
    (tmp_path / "page.html").write_text("<p>", encoding="utf-8")
    size = put_networks("celov", tmp_path)["classifier"]
    outputs: list[float] = []
    with served(tmp_path) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=list(FLAGS))
        found, absent = (
            time_network(browser.new_page(), url, "classifier", size, way, outputs) for way in ("wasm", "wasm, threads")
        )
        browser.close()
    assert found.problem == ""
    assert found.least_ms is not None
    assert found.median_ms is not None
    assert 0 < found.least_ms <= found.median_ms
    assert found.difference == 0
    assert absent.least_ms is None
    assert absent.problem

"""The check of the installed aiortc."""

from __future__ import annotations

import logging
from importlib.metadata import version

import pytest
from aiortc.rtcdtlstransport import RTCDtlsTransport

from streamsign.webrtc import compatibility
from streamsign.webrtc.compatibility import find_reason, why_stock


def test_the_installed_aiortc_is_the_one_written_for() -> None:
    """Nothing speaks against the version the dependencies pin."""
    assert find_reason(version("aiortc")) is None


@pytest.mark.parametrize("installed", ["1.15.3", "1.17.0", "2.0"])
def test_another_minor_version_is_refused_by_name(installed: str) -> None:
    """An aiortc it was not written for is named in the reason."""
    assert f"aiortc {installed}" in str(find_reason(installed))


def test_a_missing_part_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A patched aiortc without a method the receiver needs is noticed, and the method named."""
    monkeypatch.delattr(RTCDtlsTransport, "_send_rtp")
    assert "RTCDtlsTransport._send_rtp" in str(find_reason("1.16.0"))


def test_the_warning_comes_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Falling back warns once with the reason, however many cameras come."""
    monkeypatch.setattr(compatibility, "AIORTC_MINOR", "0.9")
    why_stock.cache_clear()
    try:
        with caplog.at_level(logging.WARNING):
            assert why_stock() == why_stock() is not None
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        assert "written for 0.9" in caplog.text
    finally:
        why_stock.cache_clear()

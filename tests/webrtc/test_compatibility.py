"""The check of the installed aiortc."""

from __future__ import annotations

import ast
import logging
import re
from importlib.metadata import version
from pathlib import Path

import pytest
from aioice.ice import Connection
from aiortc import RTCRtpSender
from aiortc.rtcdtlstransport import RTCDtlsTransport

from streamsign.webrtc import compatibility
from streamsign.webrtc.compatibility import find_reason, why_stock
from streamsign.webrtc.rtp import RtpPacket


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


@pytest.mark.parametrize(
    ("owner", "attribute"), [(RTCRtpSender, "_ssrc"), (RTCDtlsTransport, "_rx_srtp"), (Connection, "_protocols")]
)
def test_a_missing_instance_attribute_is_named(monkeypatch: pytest.MonkeyPatch, owner: type, attribute: str) -> None:
    """An attribute that a constructor no longer sets is noticed before a camera connects, and named."""

    def constructor(self: object) -> None:
        """Set nothing."""

    monkeypatch.setattr(owner, "__init__", constructor)
    assert f"{owner.__name__}.{attribute}" in str(find_reason("1.16.0"))


def _private_attributes() -> set[str]:
    """Private attributes of other objects that the source of the package uses."""
    found: set[str] = set()
    for path in Path(compatibility.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and re.match("_[a-z]", node.attr):
                own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
                if not own and not hasattr(RtpPacket, node.attr):
                    found.add(node.attr)
    return found


def test_every_private_attribute_is_checked() -> None:
    """The list of what is checked at the start names exactly the private attributes of aiortc that the source uses."""
    names = [name for names in compatibility._NEEDED.values() for name in names]
    listed = {name.rpartition(".")[2] for name in names if "._" in name}
    called_by_aiortc = {"_handle_rtp_packet", "_handle_rtcp_packet", "_handle_disconnect"}
    assert _private_attributes() == listed - called_by_aiortc


def test_every_name_of_the_bandwidth_estimate_is_checked() -> None:
    """What the receiver imports from aiortc's rate module, which is not documented, and overrides there is listed."""
    source = Path(compatibility.__file__).with_name("bitrate.py").read_text()
    tree = list(ast.walk(ast.parse(source)))
    imported = {
        each.name
        for node in tree
        if isinstance(node, ast.ImportFrom) and node.module == "aiortc.rate"
        for each in node.names
    }
    overridden = {
        f"{base.id}.{member.name}"
        for node in tree
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if isinstance(base, ast.Name) and base.id in imported
        for member in node.body
        if isinstance(member, ast.FunctionDef)
    }
    listed = set(compatibility._NEEDED["aiortc.rate"])
    assert imported <= {name.partition(".")[0] for name in listed}
    assert overridden
    assert overridden <= listed


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

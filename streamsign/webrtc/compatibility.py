"""Whether the installed aiortc has what our receiver is built on."""

from __future__ import annotations

import importlib
import inspect
import logging
from functools import cache
from importlib.metadata import version
from typing import Any

logger = logging.getLogger(__name__)

AIORTC_MINOR = "1.16"
"""The minor version the receiver was written for and measured with; pyproject.toml pins the same."""

_HANDLER = ["self", "packet", "arrival_time_ms"]

_NEEDED = {
    "aiortc.rtcdtlstransport": (
        "RTCDtlsTransport._register_rtp_receiver",
        "RTCDtlsTransport._unregister_rtp_receiver",
        "RTCDtlsTransport._send_rtp",
        "RtpRouter.route_rtp",
        "RTCCertificate._create_ssl_context",
    ),
    "aiortc.rtcrtpreceiver": (
        "RTCRtpReceiver.receive",
        "RTCRtpReceiver.stop",
        "RTCRtpReceiver._handle_rtp_packet",
        "RTCRtpReceiver._handle_rtcp_packet",
        "RTCRtpReceiver._handle_disconnect",
        "StreamStatistics",
    ),
    "aiortc.rate": ("RemoteBitrateEstimator.add", "RateCounter.rate"),
    "aiortc.rtp": ("pack_remb_fci", "RtcpRrPacket", "RtcpRtpfbPacket", "RtcpPsfbPacket"),
    "aiortc.codecs": ("depayload", "is_rtx"),
    "pylibsrtp": ("Session.unprotect",),
    "aioice.ice": ("Connection.build_request", "StunProtocol.request", "StunProtocol.datagram_received"),
}
"""What the receiver reaches for below aiortc's public face."""


@cache
def why_stock() -> str | None:
    """Why our receiver cannot be used with the installed aiortc; None when it can. Looked up, and warned of, once."""
    reason = find_reason(version("aiortc"))
    if reason is not None:
        logger.warning("Cameras are received by aiortc's own receiver, which is slower and can freeze: %s.", reason)
    return reason


def find_reason(installed: str) -> str | None:
    """Why not with this version of aiortc, None when nothing speaks against it."""
    if installed.split(".")[:2] != AIORTC_MINOR.split("."):
        return f"aiortc {installed} is installed, and it is written for {AIORTC_MINOR}"
    for module, names in _NEEDED.items():
        for name in names:
            try:
                found: Any = importlib.import_module(module)
                for part in name.split("."):
                    found = getattr(found, part)
            except (ImportError, AttributeError):
                return f"aiortc {installed} has no {module}.{name}"
            if name.endswith("_handle_rtp_packet") and list(inspect.signature(found).parameters) != _HANDLER:
                return f"aiortc {installed} hands packets over in another way"
    return None

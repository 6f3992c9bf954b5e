"""Checks that the installed aiortc has what our receiver uses."""

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
        "RTCDtlsTransport._rx_srtp",
        "RTCDtlsTransport._rtp_router",
        "RTCDtlsTransport.transport",
        "RtpRouter.route_rtp",
        "RTCCertificate._create_ssl_context",
    ),
    "aiortc.rtcicetransport": ("RTCIceTransport._connection",),
    "aiortc.rtcrtpreceiver": (
        "RTCRtpReceiver.receive",
        "RTCRtpReceiver.stop",
        "RTCRtpReceiver._handle_rtp_packet",
        "RTCRtpReceiver._handle_rtcp_packet",
        "RTCRtpReceiver._handle_disconnect",
        "StreamStatistics.add",
        "StreamStatistics.fraction_lost",
        "StreamStatistics.packets_lost",
        "StreamStatistics.jitter",
        "StreamStatistics.max_seq",
    ),
    "aiortc.rtcsctptransport": ("RTCSctpTransport._advertised_rwnd",),
    "aiortc.rtcrtpsender": ("RTCRtpSender._ssrc",),
    "aiortc.rate": (
        "RemoteBitrateEstimator.add",
        "RemoteBitrateEstimator.incoming_bitrate",
        "RemoteBitrateEstimator.estimator",
        "OveruseEstimator.update_min_frame_period",
        "OveruseEstimator.ts_delta_hist",
        "MIN_FRAME_PERIOD_HISTORY_LENGTH",
        "RateCounter.rate",
    ),
    "aiortc.rtp": (
        "pack_remb_fci",
        "RtcpReceiverInfo",
        "RtcpRrPacket",
        "RtcpSrPacket",
        "RtcpRtpfbPacket",
        "RtcpPsfbPacket",
    ),
    "aiortc.codecs": ("depayload", "is_rtx"),
    "pylibsrtp": ("Session.unprotect",),
    "aioice.ice": (
        "Connection._protocols",
        "Connection._nominated",
        "Connection.build_request",
        "Connection.remote_password",
        "StunProtocol.request",
        "StunProtocol.datagram_received",
    ),
}
"""Everything that the receiver uses and that is not aiortc's documented interface. A test compares the private names
with the source of this package."""


@cache
def why_stock() -> str | None:
    """Why our receiver cannot be used with the installed aiortc; None if it can. Checked, and logged, once."""
    reason = find_reason(version("aiortc"))
    if reason is not None:
        logger.warning("Cameras use aiortc's own receiver, which is slower and can freeze reason=%r", reason)
    return reason


def find_reason(installed: str) -> str | None:
    """Why our receiver cannot be used with a version of aiortc; None if it can."""
    if installed.split(".")[:2] != AIORTC_MINOR.split("."):
        return f"aiortc {installed} is installed, and the receiver is written for {AIORTC_MINOR}"
    for module, names in _NEEDED.items():
        for name in names:
            try:
                found = _find(module, name)
            except (ImportError, AttributeError):
                return f"aiortc {installed} has no {module}.{name}"
            if name.endswith("_handle_rtp_packet") and list(inspect.signature(found).parameters) != _HANDLER:
                return f"aiortc {installed} passes packets with other arguments"
    return None


def _find(module: str, name: str) -> Any:
    """A function, a class, a member of a class, or None for an attribute that a class sets in its constructor.

    Raises:
        ImportError, AttributeError: it does not exist.
    """
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        if not hasattr(found, part) and inspect.isclass(found) and part in found.__init__.__code__.co_names:
            return None
        found = getattr(found, part)
    return found

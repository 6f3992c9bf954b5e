"""Says why a camera that was answered has not connected, or shows nothing. Pure."""

from __future__ import annotations

from streamsign.webrtc.offer import Candidates

PATIENCE_S = 4.0
"""A camera that has not connected by then is reported with the reason; on a local network it takes 0.1 s."""

WAITING_FOR_KEY_FRAME = (
    "Waiting for a key frame: video arrives, but a part of it was lost. "
    "Shorten the key frame interval of the sender, to 2 s or less."
)
"""Of a camera whose packets arrive while no picture can be decoded. Senders such as OBS ignore requests for one."""

_SAME_NETWORK = "Put both on the same network, without guest isolation or a VPN, or configure a TURN relay."


def why_not_connected(ice: str, dtls: str, candidates: Candidates, handshake: str) -> str:
    """The stage at which a connection is, as a sentence about what is missing and what to do.

    Args:
        ice: state of aiortc's ICE transport.
        dtls: state of aiortc's DTLS transport.
        candidates: what the camera named.
        handshake: why the handshake failed, see :class:`~streamsign.webrtc.dtls.Handshake`.
    """
    if dtls == "failed":
        return f"The encryption handshake (DTLS) with the camera failed: {handshake}."
    if ice not in ("completed", "closed"):
        if ice == "failed" and dtls == "connected":
            return f"The network path to the camera broke. {_SAME_NETWORK}"
        return f"No network path to the camera: {_what_was_named(candidates)}. {_SAME_NETWORK}"
    if dtls == "connected":
        return "The camera is connected and sends no video. Check that its picture is not paused or muted."
    return "The camera does not answer the encryption handshake (DTLS). Restart its program."


def _what_was_named(candidates: Candidates) -> str:
    hosts = [words[4] for line in candidates.lines if len(words := line.split()) > 5 and words[2].lower() == "udp"]
    if not hosts:
        other = " over UDP" if candidates.lines else ""
        return f"it named no address{other}, and its checks do not arrive"
    if all(host.endswith(".local") for host in hosts):
        return "it named only a .local name, which this network does not resolve, and its checks do not arrive"
    shown = ", ".join(dict.fromkeys(hosts[:3]))
    return f"{shown} cannot be reached from here"

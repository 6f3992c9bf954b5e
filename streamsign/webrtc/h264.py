"""H.264 as offers name it: profiles, packetization modes, and what the decoder reads (RFC 6184 section 8.1). Pure."""

from __future__ import annotations

import re

PROFILES = {
    0x42: "Baseline",
    0x4D: "Main",
    0x58: "Extended",
    0x64: "High",
    0x6E: "High 10",
    0x7A: "High 4:2:2",
    0xF4: "High 4:4:4 Predictive",
    0x2C: "CAVLC 4:4:4 Intra",
    0x53: "Scalable Baseline",
    0x56: "Scalable High",
    0x76: "Multiview High",
    0x80: "Stereo High",
}
"""Names of ``profile_idc`` values (ITU-T H.264, annexes A, F and G)."""

READABLE_PROFILES = frozenset({0x42, 0x4D, 0x64, 0x6E, 0x7A, 0xF4, 0x2C})
"""What FFmpeg's decoder reads. It has no data partitioning, which Extended needs, and no scalable or second views."""

READABLE_MODES = frozenset({"0", "1"})
"""Single NAL units, and non-interleaved (RFC 6184 section 6.2). WebRTC has no interleaved mode."""

DEFAULT_PROFILE_LEVEL = "42000a"
"""What an offer without ``profile-level-id`` means: Baseline, level 1 (RFC 6184 section 8.1)."""


def parameters_of(fmtp: str) -> dict[str, str]:
    """Format parameters by name, in lower case."""
    pairs = (part.partition("=") for part in fmtp.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}


def why_unreadable(fmtp: str) -> str | None:
    """What of an offered format cannot be read, by name; None when all of it can.

    Args:
        fmtp: value of the format's ``a=fmtp`` line after the payload type; empty when there is none.
    """
    parameters = parameters_of(fmtp)
    mode = parameters.get("packetization-mode", "0")
    if mode not in READABLE_MODES:
        return f"H264 with packetization-mode={mode}"
    profile_level = parameters.get("profile-level-id", DEFAULT_PROFILE_LEVEL)
    if not re.fullmatch(r"[0-9a-fA-F]{6}", profile_level):
        return f"H264 with profile-level-id={profile_level}"
    profile = int(profile_level[:2], 16)
    if profile not in READABLE_PROFILES:
        name = PROFILES.get(profile, "unknown")
        return f"H264 in the {name} profile (profile-level-id={profile_level})"
    return None


def answered_fmtp(fmtp: str) -> str | None:
    """The parameters that an answer gives back for an accepted format; None when the offer gave none.

    Profile and packetization mode are the offer's own, as RFC 6184 section 8.2.2 asks; parameter sets and the other
    declarations of the sender are left out.
    """
    offered = parameters_of(fmtp)
    names = ("level-asymmetry-allowed", "packetization-mode", "profile-level-id")
    kept = [f"{name}={offered[name]}" for name in names if name in offered]
    return ";".join(kept) if kept else None

"""What the server says to each offer of this folder."""

from __future__ import annotations

from pathlib import Path

from streamsign.webrtc.h264 import parameters_of
from streamsign.webrtc.sdp import split_sdp

FOLDER = Path(__file__).parent

EXPECTED: dict[str, tuple[int, str]] = {
    "aac_audio": (201, "audio 0; video VP8 (active)"),
    "audio_only": (400, "The offer has no video. Add a camera track before making the offer."),
    "av1_vp9_vp8": (201, "video VP8 (active)"),
    "bom": (201, "audio OPUS (active); video H264 42e01f mode 1 (active)"),
    "bundle_only": (201, "audio OPUS (active); video VP8 (active)"),
    "chrome_data_first": (201, "application (active); video VP8 (active)"),
    "chrome_simulcast": (201, "video VP8 simulcast recv h (active)"),
    "ffmpeg_whip_high": (201, "audio OPUS (active); video H264 64001e mode 1 (active)"),
    "firefox_rtcp_host": (201, "video VP8 (active)"),
    "gst_h264_no_profile": (201, "video H264 - mode 1 (active)"),
    "gst_vp8": (201, "video VP8 (active)"),
    "h264_42001f": (201, "video H264 42001f mode 1 (active)"),
    "h264_420033": (201, "video H264 420033 mode 1 (active)"),
    "h264_42e033": (201, "video H264 42e033 mode 1 (active)"),
    "h264_4d001f": (201, "video H264 4d001f mode 1 (active)"),
    "h264_4d401f": (201, "video H264 4d401f mode 1 (active)"),
    "h264_58001f": (
        400,
        "The offer's video is H264 in the Extended profile (profile-level-id=58001f). "
        "Send VP8 or H264 (Baseline, Main or High).",
    ),
    "h264_64001f": (201, "video H264 64001f mode 1 (active)"),
    "h264_640033": (201, "video H264 640033 mode 1 (active)"),
    "h264_f4001f": (201, "video H264 f4001f mode 1 (active)"),
    "h264_high_mode0": (201, "video H264 64001f mode 0 (active)"),
    "h264_mode0": (201, "video H264 42e01f mode 0 (active)"),
    "h264_no_fmtp": (201, "video H264 (active)"),
    "ice_lite_offer": (201, "video VP8 (active)"),
    "inactive_audio": (201, "audio OPUS (active); video VP8 (active)"),
    "ipv6_only": (201, "video VP8 (active)"),
    "lf_only": (201, "audio OPUS (active); video H264 42e01f mode 1 (active)"),
    "mdns_only": (201, "video VP8 (active)"),
    "mdns_only_and_end": (201, "video VP8 (active)"),
    "multiopus_audio": (201, "audio 0; video VP8 (active)"),
    "no_bundle": (201, "audio 0; video VP8 (active)"),
    "no_candidates_but_end": (201, "video VP8 (active)"),
    "no_final_newline": (201, "audio OPUS (active); video H264 42e01f mode 1 (active)"),
    "no_mid": (201, "video VP8 (active)"),
    "no_rtcp_mux": (
        400,
        "The offer's video wants a second port for RTCP: a=rtcp-mux is missing. "
        "Offer it with a=rtcp-mux (rtcpMuxPolicy: 'require' in a browser).",
    ),
    "obs30": (201, "audio OPUS (active); video H264 42e01f mode 1 (active)"),
    "obs_av1": (400, "The offer's video is AV1. Send VP8 or H264 (Baseline, Main or High)."),
    "obs_hevc": (400, "The offer's video is H265. Send VP8 or H264 (Baseline, Main or High)."),
    "obs_high": (201, "audio OPUS (active); video H264 640c1f mode 1 (active)"),
    "obs_simulcast": (201, "audio OPUS (active); video H264 42e01f mode 1 simulcast recv 0;1;2 (active)"),
    "recvonly": (400, "The offer sends no video: its video is recvonly. Offer a camera track with a=sendonly."),
    "red_ulpfec_only_extra": (201, "video VP8 (active)"),
    "rejected_audio_port0": (201, "audio 0; video VP8 (active)"),
    "safari": (201, "video H264 640c1f mode 1, H264 42e01f mode 1, VP8 (active)"),
    "setup_active": (201, "video VP8 (passive)"),
    "sha1_fp": (400, "The offer has only a sha-1 fingerprint of its certificate. Name it with sha-256."),
    "tcp_first": (201, "video VP8 (active)"),
    "two_videos": (201, "video VP8 (active); video 0"),
    "vp9_only": (400, "The offer's video is VP9. Send VP8 or H264 (Baseline, Main or High)."),
}
"""Status and words by the name of the file: of an answer its :func:`summary`, of a refusal its text."""


def summary(answer: str) -> str:
    """The sections of an answer: kind, ``0`` when it is rejected, else its codecs, layers and DTLS role."""
    parts = []
    for section in split_sdp(answer)[1]:
        if section.port == 0:
            parts.append(f"{section.kind} 0")
            continue
        named = []
        for number in section.formats:
            name, parameters = section.codec(number), parameters_of(section.fmtp(number))
            if name == "H264" and parameters:
                name += f" {parameters.get('profile-level-id', '-')} mode {parameters['packetization-mode']}"
            if name not in ("", "RTX"):
                named.append(name)
        setup, simulcast = section.value("setup"), section.value("simulcast")
        layers = f" simulcast {simulcast}" if simulcast else ""
        parts.append(f"{section.kind} {', '.join(named)}{layers} ({setup})".replace("  ", " "))
    return "; ".join(parts)

"""Writes aiortc's answer to a part of an offer back into an answer to the whole offer. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from streamsign.webrtc.h264 import answered_fmtp
from streamsign.webrtc.sdp import Section, join_sdp, split_sdp


def write_answer(
    answer: str,
    offered: Sequence[Section],
    mids: Sequence[str | None],
    bundle: Sequence[str],
    *,
    all_layers: bool = False,
) -> str:
    """An answer to all sections of an offer, those that were not accepted rejected (RFC 3264 section 6).

    Args:
        answer: aiortc's, to the accepted sections.
        offered: all sections of the offer.
        mids: for each of these the identifier by which aiortc knows it; None when it is rejected.
        bundle: identifiers of the offer's BUNDLE group; empty when it had none.
        all_layers: accept every layer of simulcast, of which one is read, and not the first layer only.
    """
    session, answered = split_sdp(answer)
    by_mid = {section.value("mid"): section for section in answered}
    lines = [line for line in session if not line.startswith("a=group:")]
    if bundle:
        order = [mid for mid in bundle if mid in mids]
        lines.insert(_before_attributes(lines), f"a=group:BUNDLE {' '.join(order)}")
    sections = [
        _rejected(section) if mid is None else _accepted(section, by_mid[mid], all_layers)
        for section, mid in zip(offered, mids, strict=True)
    ]
    return join_sdp(lines, sections)


def _accepted(offered: Section, answered: Section, all_layers: bool) -> list[str]:
    """An accepted section as the offerer sees it: its own identifier, format parameters and simulcast layers."""
    lines = []
    for line in answered.lines:
        name, _, value = line.removeprefix("a=").partition(":")
        number = value.partition(" ")[0]
        if name == "mid" and not offered.has("mid"):
            continue
        if name == "fmtp" and offered.codec(number) == "H264":
            fmtp = answered_fmtp(offered.fmtp(number))
            if fmtp is not None:
                lines.append(f"a=fmtp:{number} {fmtp}")
            continue
        lines.append(line)
    return lines + (_simulcast(offered, all_layers) if offered.kind == "video" else [])


def _simulcast(offered: Section, all_layers: bool) -> list[str]:
    """The layers that are accepted of a simulcast offer (RFC 8853). The first is read; it is the largest by custom."""
    simulcast = (offered.value("simulcast") or "").split()
    if "send" not in simulcast[:-1]:
        return []
    layers = [layer.partition(",")[0].removeprefix("~") for layer in simulcast[simulcast.index("send") + 1].split(";")]
    accepted = layers if all_layers else layers[:1]
    return [*(f"a=rid:{layer} recv" for layer in accepted), f"a=simulcast:recv {';'.join(accepted)}"]


def _rejected(section: Section) -> list[str]:
    lines = [f"m={section.kind} 0 {section.protocol} {' '.join(section.formats)}", "c=IN IP4 0.0.0.0"]
    lines += [f"a=mid:{mid}" for mid in section.values("mid")[:1]]
    lines += [f"a=rtpmap:{value}" for value in section.values("rtpmap")]
    return [*lines, "a=inactive"]


def _before_attributes(lines: Sequence[str]) -> int:
    return next((index for index, line in enumerate(lines) if line.startswith("a=")), len(lines))

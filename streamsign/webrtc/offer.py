"""Selects the accepted parts of an SDP offer: one video, its data channel, and audio, which is ignored. Pure.

An offer may hold more than this server reads: a second video, audio in a codec that aiortc does not know, sections that
are switched off. :func:`negotiate` picks the sections that form one session and writes an offer of these alone for
aiortc; :meth:`Negotiation.answer` writes aiortc's answer back into an answer to the whole offer, in which the others
are rejected (RFC 3264 section 6). An offer without a video that can be read is refused with the name of what it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from streamsign.errors import OfferError
from streamsign.webrtc.answer import write_answer
from streamsign.webrtc.h264 import why_unreadable
from streamsign.webrtc.sdp import Section, attribute_values, bundle_of, join_sdp, split_sdp

READABLE = "VP8 or H264 (Baseline, Main or High)"

_AUDIO_CODECS = {"opus", "g722", "pcmu", "pcma"}
_AIORTC_FMTP = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
"""aiortc compares profiles and modes with those that it encodes. It only receives here, so it is shown one it knows."""

_KEPT = (
    "rtcp-fb",
    "extmap",
    "ssrc",
    "ssrc-group",
    "rtcp-mux",
    "rtcp-rsize",
    "sctp-port",
    "sctpmap",
    "max-message-size",
)
_FINGERPRINTS = {"sha-256", "sha-384", "sha-512"}
_TRANSPORT = ("ice-ufrag", "ice-pwd", "fingerprint", "setup")


@dataclass(frozen=True, slots=True)
class Candidates:
    """The remote addresses that an offer names.

    Attributes:
        lines: values of its ``a=candidate`` lines.
        ended: it says that no more will come.
    """

    lines: tuple[str, ...]
    ended: bool


@dataclass(frozen=True, slots=True)
class Negotiation:
    """An offer of which a part is accepted.

    Attributes:
        offer: the accepted part for aiortc, without candidates.
        candidates: of the accepted part's transport.
        ice_ufrags: the offer's ICE user fragments, of rejected sections too.
        video_mid: the media identifier of the video that is read, as aiortc knows it.
    """

    offer: str
    candidates: Candidates
    ice_ufrags: frozenset[str]
    video_mid: str
    _sections: tuple[Section, ...]
    _mids: tuple[str | None, ...]
    _bundle: tuple[str, ...]
    _all_layers: bool

    def answer(self, answer: str) -> str:
        """The answer to the whole offer from aiortc's answer to the accepted part."""
        return write_answer(answer, self._sections, self._mids, self._bundle, all_layers=self._all_layers)


def negotiate(text: str) -> Negotiation:
    """Decide what of an offer is accepted.

    Raises:
        OfferError: it is not SDP, or holds no video that can be read; the error names what it holds.
    """
    text = text.removeprefix("\ufeff")  # a byte order mark, as some editors write it
    if not text.startswith("v=0"):
        raise OfferError("The body is not SDP.", "Send the offer's sdp text itself, which starts with v=0.")
    try:
        session, sections = split_sdp(text)
    except ValueError as error:
        raise OfferError(f"The offer cannot be read: {error}.", "Send an SDP offer as RFC 8866 has it.") from error
    names = [section.value("mid") or f"streamsign-{index}" for index, section in enumerate(sections)]
    if len(set(names)) < len(names):
        raise OfferError("The offer names two media sections alike.", "Give each section its own a=mid.")
    bundle = bundle_of(session)
    video = _video(session, sections, names, bundle)
    mids = tuple(
        name if index == video or (_goes_along(section) and names[video] in bundle and name in bundle) else None
        for index, (section, name) in enumerate(zip(sections, names, strict=True))
    )
    # RFC 8839 section 4.2.1 allows one data channel a session; RFC 8843 sections share the transport of the first.
    mids = _first_of_each_kind(sections, mids)
    transport = _transport_section(sections, names, mids, bundle)
    attributes = _transport_lines(session, transport)
    kept = [
        _for_aiortc(section, mid, attributes, session)
        for section, mid in zip(sections, mids, strict=True)
        if mid is not None
    ]
    order = [mid for mid in [*bundle, *names] if mid in mids]
    group = f"a=group:BUNDLE {' '.join(dict.fromkeys(order))}"
    ufrags = [
        *attribute_values(session, "ice-ufrag"),
        *(u for section in sections for u in section.values("ice-ufrag")),
    ]
    head = [
        "v=0",
        "o=- 1 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        *(["a=ice-lite"] if "a=ice-lite" in session else []),
        group,
    ]
    return Negotiation(
        offer=join_sdp(head, kept),
        candidates=_candidates(session, sections, transport),
        ice_ufrags=frozenset(ufrags),
        video_mid=names[video],
        _sections=tuple(sections),
        _mids=mids,
        _bundle=tuple(bundle),
        # OBS stops when not all of its layers are accepted. libdatachannel, with which it sends, is the origin "rtc".
        _all_layers=any(line.startswith("o=rtc ") for line in session),
    )


def _video(session: Sequence[str], sections: Sequence[Section], names: Sequence[str], bundle: Sequence[str]) -> int:
    """Index of the video that is read: the first one that can be."""
    refusals = []
    for index, section in enumerate(sections):
        if section.kind != "video":
            continue
        shared = [other for other, name in zip(sections, names, strict=True) if {name, names[index]} <= set(bundle)]
        refusal = _why_not(session, section, shared)
        if refusal is None:
            return index
        refusals.append(refusal)
    if refusals:
        raise refusals[0]
    raise OfferError("The offer has no video.", "Add a camera track before making the offer.")


def _why_not(session: Sequence[str], section: Section, shared: Sequence[Section]) -> OfferError | None:
    """Why a video section cannot be read, None when it can."""
    direction = section.direction or next((line[2:] for line in session if line in ("a=recvonly", "a=inactive")), "")
    if not _is_live(section, shared):
        return OfferError("The offer's video is switched off (m=video 0).", "Add a camera track that sends.")
    if direction in ("recvonly", "inactive"):
        return OfferError(
            f"The offer sends no video: its video is {direction}.", "Offer a camera track with a=sendonly."
        )
    if "TLS" not in section.protocol.upper():
        return OfferError(
            f"The offer's video is sent as {section.protocol}, without encryption.",
            "Offer UDP/TLS/RTP/SAVPF, as WebRTC does.",
        )
    if not _readable_formats(section):
        return OfferError(f"The offer's video is {_offered(section)}.", f"Send {READABLE}.")
    if not section.has("rtcp-mux"):
        return OfferError(
            "The offer's video wants a second port for RTCP: a=rtcp-mux is missing.",
            "Offer it with a=rtcp-mux (rtcpMuxPolicy: 'require' in a browser).",
        )
    return _why_no_transport([*session, *section.lines, *(line for other in shared for line in other.lines)])


def _why_no_transport(lines: Sequence[str]) -> OfferError | None:
    if not attribute_values(lines, "ice-ufrag") or not attribute_values(lines, "ice-pwd"):
        return OfferError("The offer has no a=ice-ufrag and a=ice-pwd.", "Send the offer of an RTCPeerConnection.")
    digests = {value.partition(" ")[0].lower() for value in attribute_values(lines, "fingerprint")}
    if not digests & _FINGERPRINTS:
        named = f"only a {', '.join(sorted(digests))} fingerprint" if digests else "no a=fingerprint"
        return OfferError(f"The offer has {named} of its certificate.", "Name it with sha-256.")
    return None


def _is_live(section: Section, shared: Sequence[Section]) -> bool:
    """Whether a section is not switched off. Port 0 with ``bundle-only`` is live (RFC 8843 section 6)."""
    return section.port != 0 or (section.has("bundle-only") and any(other is not section for other in shared))


def _goes_along(section: Section) -> bool:
    """Whether a section that shares the video's transport is accepted beside it."""
    if section.port == 0 and not section.has("bundle-only"):
        return False
    if section.kind == "application":
        return "SCTP" in section.protocol
    names = {section.codec(number).lower() for number in section.formats}
    return section.kind == "audio" and bool(names & _AUDIO_CODECS) and section.has("rtcp-mux")


def _first_of_each_kind(sections: Sequence[Section], mids: Sequence[str | None]) -> tuple[str | None, ...]:
    seen: set[str] = set()
    kept: list[str | None] = []
    for section, mid in zip(sections, mids, strict=True):
        kept.append(None if section.kind in seen else mid)
        if mid is not None:
            seen.add(section.kind)
    return tuple(kept)


def _transport_section(
    sections: Sequence[Section], names: Sequence[str], mids: Sequence[str | None], bundle: Sequence[str]
) -> Section:
    """The section whose ICE and DTLS attributes count: the bundle's first accepted one, else its first at all.

    A section that is offered as ``bundle-only`` names none of its own (RFC 8843 section 7.1.2).
    """
    by_name = dict(zip(names, sections, strict=True))
    accepted = [mid for mid in [*bundle, *names] if mid in mids and mid in by_name]
    first = by_name[accepted[0]]
    others = [by_name[name] for name in [*accepted, *bundle] if name in by_name]
    return first if first.has("ice-ufrag") else next((each for each in others if each.has("ice-ufrag")), first)


def _transport_lines(session: Sequence[str], section: Section) -> list[str]:
    lines = []
    for name in _TRANSPORT:
        values = section.values(name) or attribute_values(session, name)
        if name == "fingerprint":
            values = [value for value in values if value.partition(" ")[0].lower() in _FINGERPRINTS]
        lines += [f"a={name}:{value}" for value in (values if name == "fingerprint" else values[:1])]
    if not any(line.startswith("a=setup:") for line in lines):
        lines.append("a=setup:actpass")  # what RFC 8842 section 5.2 has every offer say
    return lines


def _candidates(session: Sequence[str], sections: Sequence[Section], transport: Section) -> Candidates:
    ufrag = transport.value("ice-ufrag")
    own = [section for section in sections if section is transport or section.value("ice-ufrag") in (None, ufrag)]
    lines = list(dict.fromkeys(value for section in own for value in section.values("candidate")))
    ended = "a=end-of-candidates" in session or any(section.has("end-of-candidates") for section in own)
    return Candidates(tuple(lines), ended)


def _for_aiortc(section: Section, mid: str, transport: Sequence[str], session: Sequence[str]) -> list[str]:
    formats = _readable_formats(section) if section.kind == "video" else section.formats
    direction = section.direction or next((line[2:] for line in session if line in ("a=sendonly", "a=inactive")), "")
    lines = [f"m={section.kind} 9 {section.protocol} {' '.join(formats)}", "c=IN IP4 0.0.0.0", *transport]
    lines.append(f"a=mid:{mid}")
    if section.kind != "application":
        lines.append(f"a={direction or 'sendrecv'}")
        for number in formats:
            lines += [f"a=rtpmap:{number} {value}" for value in section.of_format("rtpmap", number)[:1]]
            fmtp = _AIORTC_FMTP if section.codec(number) == "H264" else section.fmtp(number)
            lines += [f"a=fmtp:{number} {fmtp}"] if fmtp else []
    for line in section.lines[1:]:
        name, _, value = line.removeprefix("a=").partition(":")
        about = value.partition(" ")[0]
        if name in _KEPT and (name != "rtcp-fb" or about in (*formats, "*")) and (name != "ssrc" or ":" in value):
            lines.append(line)
    return lines


def _readable_formats(section: Section) -> list[str]:
    """Payload types that can be read, with the retransmissions of these (RFC 4588)."""
    media = {number for number in section.formats if _is_readable(section, number)}
    return [number for number in section.formats if number in media or _retransmits(section, number) in media]


def _is_readable(section: Section, number: str) -> bool:
    codec = section.codec(number)
    return codec == "VP8" or (codec == "H264" and why_unreadable(section.fmtp(number)) is None)


def _retransmits(section: Section, number: str) -> str | None:
    if section.codec(number) != "RTX":
        return None
    return next((part[4:] for part in section.fmtp(number).replace(" ", "").split(";") if part[:4] == "apt="), None)


def _offered(section: Section) -> str:
    """The video codecs of a section, by name."""
    names = []
    for number in section.formats:
        codec = section.codec(number)
        if codec == "H264":
            names.append(why_unreadable(section.fmtp(number)) or codec)
        elif codec and codec not in ("RTX", "RED", "ULPFEC", "FLEXFEC-03"):
            names.append(codec)
    return ", ".join(dict.fromkeys(names)) or "in no codec that it names"

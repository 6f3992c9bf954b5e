"""The ledger of a letter: when its deciding frame passed each stage on the way from the camera to a viewer's screen.

A stamp that was not taken is None; it is never estimated from its neighbors. Stamps of the camera's and of the viewer's
clock carry the error of the clock exchange that converted them (:mod:`streamsign.webrtc.clock`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple


class Stage(NamedTuple):
    """The time between two stamps of a ledger; ``begin`` and ``end`` are names of its fields."""

    name: str
    begin: str
    end: str


STAGES = (
    Stage("travel", "captured_s", "first_packet_s"),
    Stage("arrive", "first_packet_s", "complete_s"),
    Stage("wait", "complete_s", "taken_s"),
    Stage("decode", "taken_s", "decoded_s"),
    Stage("locate", "decoded_s", "located_s"),
    Stage("crop", "located_s", "cropped_s"),
    Stage("classify", "cropped_s", "classified_s"),
    Stage("filter", "classified_s", "decided_s"),
    Stage("publish", "decided_s", "published_s"),
    Stage("send", "published_s", "sent_s"),
    Stage("paint", "sent_s", "painted_s"),
)
"""The stages in the order in which a frame passes them; each begins where the previous one ends."""

STAMPS = (STAGES[0].begin, *(stage.end for stage in STAGES))
"""The fields of a ledger that are stamps, in the order in which a frame gets them."""

SPANS = (
    Stage("total", "decoded_s", "published_s"),
    Stage("shown", "first_packet_s", "painted_s"),
    Stage("whole", "captured_s", "painted_s"),
)
"""Times across several stages, measured as such: percentiles of stages must not be added up."""

_MEASURED = (*STAGES, *SPANS)


def stages_ms(
    stamps: Mapping[str, float], *, captured_error_s: float = 0.0, painted_error_s: float = 0.0
) -> dict[str, float]:
    """Milliseconds of every stage and span with both stamps, in order.

    A negative difference that the error of another computer's clock explains is 0; any other is left out, because
    the stamps contradict each other.

    Args:
        stamps: seconds on one clock by field name of :class:`Ledger`; other names are ignored.
        captured_error_s: greatest error of ``captured_s``.
        painted_error_s: greatest error of ``painted_s``.
    """
    stages = {}
    for name, begin, end in _MEASURED:
        if begin not in stamps or end not in stamps:
            continue
        took_ms = 1000 * (stamps[end] - stamps[begin])
        if took_ms < 0:
            allowed_s = {"captured_s": captured_error_s, "painted_s": painted_error_s}
            if took_ms < -1000 * (allowed_s.get(begin, 0.0) + allowed_s.get(end, 0.0)):
                continue
            took_ms = 0.0
        stages[name] = round(took_ms, 3)
    return stages


@dataclass(frozen=True, slots=True)
class Ledger:
    """When a letter's deciding frame passed each stage, seconds on one clock; None where no stamp was taken.

    Attributes:
        captured_s: when the camera took the frame, measured: its RTP timestamp, converted to the camera's clock by RTCP
            sender reports and to ours by a clock exchange. The header extension abs-capture-time is not used: aiortc
            does not negotiate it.
        captured_error_s: greatest error of ``captured_s`` either way.
        first_packet_s: the frame's first packet arrived.
        complete_s: its last missing packet arrived.
        taken_s: a thread began to decode it; the time before is waiting, not work.
        decoded_s: the picture left the decoder.
        located_s, cropped_s, classified_s: these stages of the recognizer ended.
        decided_s: the temporal filter and the speller had decided about the frame.
        published_s: the letter entered the room's text.
        sent_s: it was written to this viewer's connection; for viewers that do not report, to the first one's.
        painted_s: this viewer's browser had painted it; only viewers that send reports have one.
        painted_error_s: greatest error of ``painted_s`` either way.
    """

    captured_s: float | None = None
    captured_error_s: float | None = None
    first_packet_s: float | None = None
    complete_s: float | None = None
    taken_s: float | None = None
    decoded_s: float | None = None
    located_s: float | None = None
    cropped_s: float | None = None
    classified_s: float | None = None
    decided_s: float | None = None
    published_s: float | None = None
    sent_s: float | None = None
    painted_s: float | None = None
    painted_error_s: float | None = None

    @classmethod
    def of(cls, stamps: Mapping[str, float], *, offset_s: float = 0.0, captured_error_s: float | None = None) -> Ledger:
        """The ledger of a frame.

        Args:
            stamps: seconds by field name (``{"decoded_s": 12.5}``); names that are not in :data:`STAMPS` are ignored.
            offset_s: added to each stamp, to convert it to another clock.
            captured_error_s: greatest error of ``captured_s``.
        """
        moved = {name: at_s + offset_s for name, at_s in stamps.items() if name in STAMPS}
        return cls(**moved, captured_error_s=captured_error_s if "captured_s" in stamps else None)

    def with_published(self, at_s: float) -> Ledger:
        """The same letter as it entered the room's text."""
        return replace(self, published_s=at_s)

    def with_sent(self, at_s: float) -> Ledger:
        """The same letter as written to a viewer's connection."""
        return replace(self, sent_s=at_s)

    def with_painted(self, at_s: float, error_s: float) -> Ledger:
        """The same letter as painted by that viewer, with the greatest error of that time."""
        return replace(self, painted_s=at_s, painted_error_s=error_s)

    def stages_ms(self) -> dict[str, float]:
        """See :func:`stages_ms`."""
        stamps = {name: at_s for name in STAMPS if (at_s := getattr(self, name)) is not None}
        return stages_ms(
            stamps, captured_error_s=self.captured_error_s or 0.0, painted_error_s=self.painted_error_s or 0.0
        )


NO_STAMPS = Ledger()
"""The ledger of a letter whose frame was not stamped."""

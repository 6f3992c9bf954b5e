"""The ledger of a letter: when its deciding frame passed each place on the way from the lens to a viewer's screen.

A stamp that nobody took is None; none is ever guessed from its neighbours. Stamps of the camera's and of the viewer's
clock come with the error of the clock exchange that brought them over (:mod:`streamsign.webrtc.clock`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple


class Stage(NamedTuple):
    """What lies between two stamps of a ledger."""

    name: str
    begin: str
    end: str


STAGES = (
    Stage("travel", "captured", "first_packet"),
    Stage("arrive", "first_packet", "complete"),
    Stage("wait", "complete", "taken"),
    Stage("decode", "taken", "decoded"),
    Stage("locate", "decoded", "located"),
    Stage("crop", "located", "cropped"),
    Stage("classify", "cropped", "classified"),
    Stage("filter", "classified", "filtered"),
    Stage("publish", "filtered", "committed"),
    Stage("send", "committed", "sent"),
    Stage("paint", "sent", "painted"),
)
"""The stages in the order a frame goes through them; each begins where the one before ends."""

STAMPS = (STAGES[0].begin, *(stage.end for stage in STAGES))
"""The names of a ledger's stamps, in the order a frame gets them."""

SPANS = (
    Stage("total", "decoded", "committed"),
    Stage("shown", "first_packet", "painted"),
    Stage("whole", "captured", "painted"),
)
"""What is measured across stages: percentiles of stages must not be added up."""

_MEASURED = (*STAGES, *SPANS)


@dataclass(frozen=True, slots=True)
class Ledger:
    """When a letter's deciding frame was where, seconds on one clock; None where no stamp was taken.

    Attributes:
        captured_s: the camera took the picture: its RTP timestamp, put on the camera's clock by RTCP sender reports
            and on ours by a clock exchange. The header extension abs-capture-time is not used: aiortc does not
            negotiate it.
        captured_error_s: how far ``captured_s`` may be off either way.
        first_packet_s: the frame's first packet came.
        complete_s: its last missing packet came.
        decoded_s: the picture left the decoder.
        taken_s: a thread took it up to decode and read it; what lies before is waiting, not work.
        located_s, cropped_s, classified_s, filtered_s: the recogniser's stages ended.
        committed_s: the letter entered the room's text.
        sent_s: it was written to this viewer's connection.
        painted_s: this viewer's browser had painted it; only a viewer that reports back has one.
        painted_error_s: how far ``painted_s`` may be off either way.
    """

    captured_s: float | None = None
    captured_error_s: float | None = None
    first_packet_s: float | None = None
    complete_s: float | None = None
    decoded_s: float | None = None
    taken_s: float | None = None
    located_s: float | None = None
    cropped_s: float | None = None
    classified_s: float | None = None
    filtered_s: float | None = None
    committed_s: float | None = None
    sent_s: float | None = None
    painted_s: float | None = None
    painted_error_s: float | None = None

    @classmethod
    def of(cls, stamps: Mapping[str, float], *, offset_s: float = 0.0, captured_error_s: float | None = None) -> Ledger:
        """The ledger of a frame.

        Args:
            stamps: seconds by stamp (``{"decoded": 12.5}``); names that are no stamp of a ledger are passed over.
            offset_s: added to each stamp, to bring it to another clock.
            captured_error_s: how far the stamp "captured" may be off.
        """
        moved = {f"{name}_s": at_s + offset_s for name, at_s in stamps.items() if name in STAMPS}
        return cls(**moved, captured_error_s=captured_error_s if "captured" in stamps else None)

    def with_sent(self, at_s: float) -> Ledger:
        """The same letter as written to a viewer's connection."""
        return replace(self, sent_s=at_s)

    def with_painted(self, at_s: float, error_s: float) -> Ledger:
        """The same letter as painted by that viewer, ``at_s`` being right within ``error_s``."""
        return replace(self, painted_s=at_s, painted_error_s=error_s)

    def stages_ms(self) -> dict[str, float]:
        """Milliseconds of every stage and span with both stamps known, in order; see :func:`stages_ms`."""
        known = ((name, getattr(self, f"{name}_s")) for name in STAMPS)
        errors = {"captured": self.captured_error_s or 0.0, "painted": self.painted_error_s or 0.0}
        return stages_ms({name: at_s for name, at_s in known if at_s is not None}, errors)


def stages_ms(at_s: Mapping[str, float], error_s: Mapping[str, float]) -> dict[str, float]:
    """Milliseconds of every stage and span that both of its stamps are known for, in order.

    A difference below zero that the error of a foreign clock explains is 0; any other is left out, because the stamps
    contradict each other.

    Args:
        at_s: seconds on one clock by stamp.
        error_s: how far a stamp of a foreign clock may be off either way.
    """
    told = {}
    for name, begin, end in _MEASURED:
        if begin in at_s and end in at_s:
            took_s = at_s[end] - at_s[begin]
            if took_s >= 0 or took_s >= -(error_s.get(begin, 0.0) + error_s.get(end, 0.0)):
                told[name] = round(1000 * max(0.0, took_s), 3)
    return told

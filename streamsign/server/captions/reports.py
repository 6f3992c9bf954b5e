"""Reports of one viewer: its clock, and when it showed letters. Pure: time is an argument."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from pydantic import ValidationError

from streamsign.captions.events import Letter, Painted, Ping, report_adapter
from streamsign.webrtc.clock import PingPong

_MAX_UNPAINTED = 64
"""Limit of letters that wait for a viewer's report."""


class ViewerReports:
    """The way of letters to one viewer, measured. Times are seconds on the room's clock.

    Args:
        observe: called with a stage and milliseconds: "send" of each letter sent; "paint", "shown", "whole" of each
            letter shown.
        trace: called with each letter that is sent and each that is painted, with these stamps in its ledger; None
            if letters are not traced.
    """

    def __init__(self, observe: Callable[[str, float], None], trace: Callable[[Letter], None] | None = None) -> None:
        self._live_after = 0
        self._observe = observe
        self._trace = trace
        self._unpainted: OrderedDict[int, Letter] = OrderedDict()
        self._clock = PingPong()

    def greeted(self, last_seq: int) -> None:
        """Note a Hello: letters up to this number are replayed, and their delay is not measured."""
        self._live_after = last_seq
        self._unpainted.clear()

    @property
    def pause_s(self) -> float:
        """Seconds to wait before the next ping."""
        return self._clock.pause_s

    def ping(self, now_s: float) -> Ping:
        """The next question for the viewer's clock, to be sent at once."""
        return self._clock.ping(now_s)

    def sent(self, letter: Letter, now_s: float) -> bool:
        """Measure the sending of a letter to a viewer that does not report; False for one that is replayed."""
        if letter.seq <= self._live_after:
            return False
        if (published_s := letter.ledger.published_s) is not None:
            self._observe("send", max(0.0, 1000 * (now_s - published_s)))
        if self._trace is not None:
            self._trace(letter.model_copy(update={"ledger": letter.ledger.with_sent(now_s)}))
        return True

    def sending(self, letter: Letter, now_s: float) -> Letter:
        """Stamp a letter that is about to be sent to a viewer that reports, unless it is replayed."""
        if letter.seq <= self._live_after:
            return letter
        stamped = letter.model_copy(update={"ledger": letter.ledger.with_sent(now_s)})
        self._report(stamped, "send")
        self._unpainted[letter.seq] = stamped
        if len(self._unpainted) > _MAX_UNPAINTED:
            self._unpainted.popitem(last=False)
        return stamped

    def heard(self, text: str, now_s: float) -> None:
        """Process a message of the viewer. Messages that are not valid reports are ignored."""
        try:
            report = report_adapter.validate_json(text)
        except ValidationError:
            return
        if isinstance(report, Painted):
            self._painted(report, now_s)
        else:
            self._clock.pong(report, now_s)

    def _painted(self, report: Painted, now_s: float) -> None:
        letter = self._unpainted.pop(report.seq, None)
        offset = self._clock.estimate(now_s)
        if letter is None or offset is None:
            return
        at_s = offset.ours(report.at_s)
        if at_s > now_s + offset.error_s:  # a report cannot be about the future
            return
        painted = letter.model_copy(update={"ledger": letter.ledger.with_painted(at_s, offset.error_s)})
        self._report(painted, "paint", "shown", "whole")

    def _report(self, letter: Letter, *stages: str) -> None:
        stages_ms = letter.ledger.stages_ms()
        for stage in stages:
            if stage in stages_ms:
                self._observe(stage, stages_ms[stage])
        if self._trace is not None:
            self._trace(letter)

"""OpenTelemetry traces of letters, made from the stage times of their ledgers. Needs the extra ``traces``.

A letter is one trace: the span "letter" from its first stamp to its last, with a child for each stage. Every id is
computed from the log and the letter's number, so that two gateways that send the same letter add to one trace. Spans
name the room, the session and the letter's number, not the letter: what a person signs stays in the caption log.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags

from streamsign import __version__
from streamsign.captions.events import Letter
from streamsign.captions.ledger import STAGES, STAMPS, Stage

if TYPE_CHECKING:
    from opentelemetry.util.types import Attributes

RECENT = 1024
"""Newest letters of which the exported stages are stored. A letter is sent to its viewers within seconds."""


class LetterTraces:
    """Exports the spans of letters.

    Args:
        processor: receives the spans.
        process: name of this process, the resource's ``service.instance.id``.
    """

    def __init__(self, processor: SpanProcessor, process: str = "serve") -> None:
        self._ids = _GivenIds()
        resource = Resource.create(
            {"service.name": "streamsign", "service.version": __version__, "service.instance.id": process}
        )
        self._provider = TracerProvider(resource=resource, id_generator=self._ids, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("streamsign", __version__)
        self._exported: OrderedDict[tuple[str, int], set[str]] = OrderedDict()

    def letter(self, room: str, log_id: str, letter: Letter) -> None:
        """Export the stages of a letter that were not exported before.

        Args:
            room: name of the letter's room.
            log_id: its log.
            letter: the letter, with the stamps that it has by now in its ledger, on a Unix clock.
        """
        key = (log_id, letter.seq)
        known = self._exported.setdefault(key, set())
        if len(self._exported) > RECENT:
            self._exported.popitem(last=False)
        stages = [stage for stage in STAGES if stage.name not in known and _measured(letter, stage)]
        if not stages:  # as with all viewers but the first
            return
        trace_id = _number(f"{log_id}/{letter.seq}", 16)
        root_id = _number(f"{log_id}/{letter.seq}/letter", 8)
        if not known:
            stamps = [at_s for name in STAMPS if (at_s := getattr(letter.ledger, name)) is not None]
            attributes: Attributes = {
                "streamsign.room": room,
                "streamsign.session": letter.session,
                "streamsign.seq": letter.seq,
                "streamsign.confidence": letter.confidence,
            }
            self._span("letter", Context(), trace_id, root_id, min(stamps), max(stamps), attributes)
        parent = SpanContext(trace_id, root_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
        context = trace.set_span_in_context(NonRecordingSpan(parent), Context())
        for stage in stages:
            known.add(stage.name)
            span_id = _number(f"{log_id}/{letter.seq}/{stage.name}", 8)
            begin_s, end_s = getattr(letter.ledger, stage.begin), getattr(letter.ledger, stage.end)
            self._span(stage.name, context, trace_id, span_id, begin_s, end_s, {})

    def _span(
        self,
        name: str,
        context: Context,
        trace_id: int,
        span_id: int,
        begin_s: float,
        end_s: float,
        attributes: Attributes,
    ) -> None:
        self._ids.trace_id, self._ids.span_id = trace_id, span_id
        span = self._tracer.start_span(
            name, context, kind=SpanKind.INTERNAL, attributes=attributes, start_time=_nanoseconds(begin_s)
        )
        span.end(_nanoseconds(end_s))

    def close(self) -> None:
        """Export what waits, and end the thread."""
        self._provider.shutdown()


def otlp_traces(endpoint: str, process: str = "serve") -> LetterTraces:
    """Traces that are sent to an OTLP/HTTP address such as ``http://localhost:4318/v1/traces``.

    They are sent in batches by a thread, whose queue holds 2048 spans and drops further ones.
    """
    return LetterTraces(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)), process)


class _GivenIds(IdGenerator):
    """Gives the ids that were set last."""

    trace_id = span_id = 1

    def generate_span_id(self) -> int:
        return self.span_id

    def generate_trace_id(self) -> int:
        return self.trace_id


def _measured(letter: Letter, stage: Stage) -> bool:
    begin_s, end_s = getattr(letter.ledger, stage.begin), getattr(letter.ledger, stage.end)
    return begin_s is not None and end_s is not None and end_s >= begin_s


def _number(text: str, size: int) -> int:
    """A number of ``size`` bytes, not 0, which no id may be (W3C Trace Context, section 3.2.2.3)."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size], "big") or 1


def _nanoseconds(at_s: float) -> int:
    return round(at_s * 1e9)

"""server/metrics/traces.py: one trace a letter, from the stamps of its ledger."""

from __future__ import annotations

import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from websockets.asyncio.client import connect

from streamsign.captions.events import Letter
from streamsign.captions.ledger import STAMPS, Ledger
from streamsign.recognition.events import Commit
from streamsign.server.metrics.traces import LetterTraces, otlp_traces
from streamsign.settings import read_settings
from tests.server.conftest import Running, serving

NOW_S = 1_795_000_000.0
SENT = Ledger.of({name: NOW_S + 0.01 * place for place, name in enumerate(STAMPS[:-1])})


def _letter(ledger: Ledger, seq: int = 1) -> Letter:
    return Letter(
        seq=seq, session="ab12", letter="C", text="C", confidence=0.9, started_s=NOW_S, captured_s=NOW_S, ledger=ledger
    )


def _spans(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def _traced() -> tuple[LetterTraces, InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    return LetterTraces(SimpleSpanProcessor(exporter), "gateway"), exporter


def test_a_letter_is_a_span_with_a_child_for_each_stage() -> None:
    """Begin and end of each span are the stage's stamps; all belong to one trace and have the letter as parent."""
    traces, exporter = _traced()
    traces.letter("main", "log", _letter(SENT))
    spans = _spans(exporter)
    assert [*spans] == [
        "letter", "travel", "arrive", "wait", "decode", "locate", "crop", "classify", "filter", "publish", "send",
    ]  # fmt: skip
    root = spans.pop("letter")
    assert root.parent is None
    assert (root.start_time, root.end_time) == (round(NOW_S * 1e9), round((NOW_S + 0.1) * 1e9))
    assert dict(root.attributes or {}) == {
        "streamsign.room": "main", "streamsign.session": "ab12", "streamsign.seq": 1, "streamsign.confidence": 0.9,
    }  # fmt: skip
    for span in spans.values():
        assert span.parent is not None
        assert span.parent.span_id == root.context.span_id
        assert span.context.trace_id == root.context.trace_id
        assert (span.end_time or 0) - (span.start_time or 0) == pytest.approx(1e7, abs=1000)
    assert root.resource.attributes["service.instance.id"] == "gateway"


def test_no_span_names_the_letter() -> None:
    """What a person signs is in no name and no attribute of a span."""
    traces, exporter = _traced()
    traces.letter("main", "log", _letter(SENT))
    for span in exporter.get_finished_spans():
        assert "C" not in (span.name, *map(str, (span.attributes or {}).values()))


def test_a_later_stamp_adds_its_stage_alone() -> None:
    """The screen's report adds the span "paint"; a second viewer adds nothing."""
    traces, exporter = _traced()
    traces.letter("main", "log", _letter(SENT))
    exporter.clear()
    traces.letter("main", "log", _letter(SENT.with_sent(NOW_S + 5)))
    traces.letter("main", "log", _letter(SENT.with_painted(NOW_S + 0.2, 0.001)))
    assert [*_spans(exporter)] == ["paint"]


def test_stages_without_stamps_and_backwards_are_left_out() -> None:
    """A letter whose frame was not stamped has no trace; contradicting stamps make no span."""
    traces, exporter = _traced()
    traces.letter("main", "log", _letter(Ledger()))
    assert exporter.get_finished_spans() == ()
    traces.letter("main", "log", _letter(Ledger(decided_s=NOW_S, published_s=NOW_S + 1, sent_s=NOW_S), 2))
    assert [*_spans(exporter)] == ["letter", "publish"]


def test_two_processes_give_a_letter_the_same_ids() -> None:
    """Gateways that do not know of each other add to one trace; other letters and logs have traces of their own."""
    ids = []
    for log_id, seq in (("log", 1), ("log", 1), ("log", 2), ("other", 1)):
        traces, exporter = _traced()
        traces.letter("main", log_id, _letter(SENT, seq))
        ids.append([(span.context.trace_id, span.context.span_id) for span in exporter.get_finished_spans()])
    assert ids[0] == ids[1]
    assert len({own[0] for own in ids}) == 3
    assert len(set(ids[0])) == len(ids[0])


async def test_a_letter_that_a_viewer_receives_is_traced(running: Running) -> None:
    """The websocket exports what it sends, and not what it replays from the log."""
    traces, exporter = _traced()
    running.server.metrics.traces = traces
    room = await running.server.rooms.get("main")
    commit = Commit("C", 0.9, NOW_S, NOW_S, ())
    room.publish_letter("ab12", commit, Ledger(decided_s=NOW_S))
    async with connect(running.url.replace("http", "ws") + "/captions/main", subprotocols=running.protocols) as viewer:
        assert '"hello"' in str(await viewer.recv())
        assert '"seq":1' in str(await viewer.recv())
        room.publish_letter("ab12", commit, Ledger(decided_s=NOW_S))
        assert '"seq":2' in str(await viewer.recv())
    spans = exporter.get_finished_spans()
    assert [span.name for span in spans] == ["letter", "publish", "send"]
    assert (spans[0].attributes or {})["streamsign.seq"] == 2


def test_spans_arrive_at_an_otlp_receiver() -> None:
    """A receiver of OTLP over HTTP gets the spans in a request that its own schema parses."""
    requests: list[bytes] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            requests.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        traces = otlp_traces(f"http://127.0.0.1:{server.server_address[1]}/v1/traces")
        traces.letter("main", "log", _letter(SENT))
        traces.close()
        server.shutdown()
    [export] = [ExportTraceServiceRequest.FromString(body) for body in requests]
    spans = [span for resource in export.resource_spans for scope in resource.scope_spans for span in scope.spans]
    assert len(spans) == 11


def test_nothing_is_imported_when_off() -> None:
    """The server's modules, and a server that traces nothing, leave OpenTelemetry and SciPy out of the process."""
    program = (
        "import sys, tempfile; from pathlib import Path; from streamsign.server.run import run;"
        "from streamsign.server.parts import make_server; from streamsign.settings import read_settings;"
        "make_server(read_settings(state_dir=Path(tempfile.mkdtemp())));"
        "unwanted = ('opentelemetry.sdk', 'opentelemetry.exporter', 'scipy');"
        "sys.exit(any(name.startswith(unwanted) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


async def test_the_setting_starts_and_ends_traces(tmp_path: Path) -> None:
    """With an endpoint the server traces; closing it ends the exporter's thread without waiting for a receiver."""
    async with serving(read_settings(state_dir=tmp_path, trace_endpoint="http://127.0.0.1:9/v1/traces")) as running:
        assert running.server.metrics.traces is not None

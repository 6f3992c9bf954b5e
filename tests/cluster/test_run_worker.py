"""cluster/run_worker.py: a worker's listener for Prometheus."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path

import httpx
import pytest

from benchmarks.cluster_parts import PUBLISH, cluster_parts
from streamsign.captions.events import Event, Letter
from streamsign.client.camera import publish
from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.cluster.open_rooms import open_rooms
from streamsign.cluster.run_worker import monitoring
from streamsign.server.metrics.routes import LOG_AWAY_S
from tests.cluster.workers import model, settings, worker
from tests.films import rendered
from tests.nats_server import NatsServer, needs_nats, until

pytestmark = needs_nats


async def test_a_worker_reports_health_readiness_and_metrics(nats: NatsServer, tmp_path: Path) -> None:
    """It is ready until it drains or has had no connection to NATS for three seconds, and alive all the time."""
    given = settings(nats.url, tmp_path)
    client = await connect(NatsAddress.of(given), "test")
    rooms = await open_rooms(given, client, model())
    async with worker(given) as running:
        transport = httpx.ASGITransport(monitoring(running, rooms))
        async with httpx.AsyncClient(transport=transport, base_url="http://worker") as http:
            assert (await http.get("/readyz")).json() == {"status": "ready"}
            text = (await http.get("/metrics")).text
            assert "streamsign_sessions 0.0" in text
            assert f"streamsign_max_sessions {float(given.max_sessions)}" in text
            await asyncio.wait_for(running.drain(1), 10)
            answer = await http.get("/readyz")
            assert (answer.status_code, answer.json()["status"]) == (503, "draining")
            assert (await http.get("/healthz")).status_code == 200
            running.draining = False
            await close(client)
            await until(lambda: rooms.away_s > 0)
            assert (await http.get("/readyz")).status_code == 200
            await until(lambda: rooms.away_s >= LOG_AWAY_S)
            answer = await http.get("/readyz")
            assert (answer.status_code, answer.json()["status"]) == (503, "nats_away")
            await rooms.close()


@pytest.mark.real_time
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_worker_ends_while_nats_is_away(tmp_path: Path, number: signal.Signals) -> None:
    """With a camera whose letters wait, SIGTERM ends it long before `--drain-s`; the log counts the lost letters."""
    film = rendered("CELOCELOCELO", fps=15, width=320, height=240)
    with cluster_parts(tmp_path, model="celov", log_level="info", drain_s=600) as parts:
        letters: list[str] = []

        def heard(event: Event) -> None:
            letters.extend([event.letter] if isinstance(event, Letter) else [])

        url = parts.gateways[0].url
        sending = asyncio.ensure_future(publish(url, film, token=PUBLISH, room="main", on_event=heard))
        await until(lambda: bool(letters))
        parts.nats.signal(number)
        await asyncio.sleep(1.5)  # a letter is signed
        await asyncio.to_thread(parts.workers[0].end, signal.SIGTERM, 60)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        assert re.search(r"letters are lost room=main waiting=[1-9]", parts.workers[0].log.read_text())
        assert "Traceback" not in parts.workers[0].log.read_text()
        if number == signal.SIGSTOP:
            parts.nats.signal(signal.SIGCONT)

"""cluster/run_worker.py: a worker's listener for Prometheus."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.cluster.open_rooms import open_rooms
from streamsign.cluster.run_worker import monitoring
from streamsign.server.metrics.routes import LOG_AWAY_S
from tests.cluster.workers import model, settings, worker
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

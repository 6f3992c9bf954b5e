"""Runs a worker: its listener for Prometheus, and its end, for which its cameras move to other workers."""

from __future__ import annotations

import asyncio
import logging
import signal

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from streamsign.captions.rooms import CaptionRooms
from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.cluster.health import measure
from streamsign.cluster.open_rooms import open_rooms
from streamsign.cluster.worker import Worker
from streamsign.server.cameras.load import available_cores
from streamsign.server.metrics.routes import LOG_AWAY_S
from streamsign.server.parts import warm_model
from streamsign.server.process.limits import set_process_limits
from streamsign.server.process.memory import limit_heaps
from streamsign.server.run import Listener, bind, listener_config
from streamsign.settings import Settings

logger = logging.getLogger(__name__)


async def run_worker(settings: Settings) -> None:
    """Read cameras until SIGINT or SIGTERM, and let them move to other workers then; a second signal ends at once.

    Raises:
        AddressInUse: the port of the listener is taken.
        ConnectionFailed: NATS does not answer.
        ModelError: the model cannot be used.
    """
    set_process_limits()
    limit_heaps()
    bound = bind(settings.metrics_host, settings.metrics_port, "--metrics-port")
    try:
        model = warm_model(settings)
        client = await connect(NatsAddress.of(settings), "streamsign worker")
    except BaseException:
        bound.close()
        raise
    signals: asyncio.Queue[None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, signals.put_nowait, None)
    rooms = await open_rooms(settings, client, model)
    worker = Worker(settings, client, model, rooms, available_cores(settings.cores))
    measure(worker.metrics, client, rooms, worker=worker)
    listener = Listener(listener_config(monitoring(worker, rooms), settings))
    listening = asyncio.ensure_future(listener.serve([bound]))
    try:
        await worker.start()
        logger.info("Metrics at http://%s:%d/metrics", *bound.getsockname()[:2])
        await _first(signals, listening)
        draining = asyncio.ensure_future(worker.drain(settings.drain_s))
        await _first(signals, draining)
        draining.cancel()
    finally:
        await worker.close()
        listener.should_exit = True
        await asyncio.gather(listening, return_exceptions=True)
        await close(client)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def _first(signals: asyncio.Queue[None], work: asyncio.Future[None]) -> None:
    """Wait for a signal, or the end of some work. Raises the error with which it ended."""
    signaled = asyncio.ensure_future(signals.get())
    await asyncio.wait([signaled, work], return_when=asyncio.FIRST_COMPLETED)
    signaled.cancel()
    if work.done():
        work.result()


def monitoring(worker: Worker, rooms: CaptionRooms) -> Starlette:
    """The application of a worker's listener: ``/healthz``, ``/readyz`` and ``/metrics``."""

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readiness(_: Request) -> Response:
        reason = "draining" if worker.draining else "nats_away" if rooms.away_s >= LOG_AWAY_S else None
        if reason is not None:
            return JSONResponse({"status": reason}, 503)
        return JSONResponse({"status": "ready"})

    async def metrics(_: Request) -> Response:
        return Response(worker.metrics.exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return Starlette(routes=[Route("/healthz", health), Route("/readyz", readiness), Route("/metrics", metrics)])

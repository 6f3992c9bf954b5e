"""``streamsign worker``: one of the processes that read the cameras of a cluster."""

from __future__ import annotations

import asyncio

import typer

from streamsign.cli import quick_imports
from streamsign.cli.cluster_extra import require_cluster_extra, require_no_workers
from streamsign.cli.options import given, takes_all_settings
from streamsign.settings import read_settings


@takes_all_settings
def worker(ctx: typer.Context, **options: object) -> None:
    """Start a worker of a cluster: reads the cameras that gateways offer it over NATS.

    SIGTERM moves its cameras to other workers first; a second one ends it at once. Every flag can be set as a variable
    as well: STREAMSIGN_NATS for --nats.
    """
    require_no_workers(flags := given(ctx))
    settings = read_settings(**flags)
    require_cluster_extra()
    with quick_imports():
        from streamsign.cluster.run_worker import run_worker
        from streamsign.server.process.logs import set_up_logs

    set_up_logs(settings.log_level, settings.log_json, "worker")
    asyncio.run(run_worker(settings))

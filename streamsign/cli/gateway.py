"""``streamsign gateway``: one of the processes that phones and viewers of a cluster reach."""

from __future__ import annotations

import asyncio
import os

import typer

from streamsign.cli import quick_imports
from streamsign.cli.cluster_extra import require_cluster_extra, require_no_workers
from streamsign.cli.options import given, takes_all_settings
from streamsign.settings import read_settings


@takes_all_settings
def gateway(ctx: typer.Context, **options: object) -> None:
    """Start a gateway of a cluster: pages, camera offers and captions. Workers read the cameras.

    It needs NATS (`nats-server -js`) and at least one `streamsign worker`. It listens on --port only, for a reverse
    proxy with a certificate; --lan adds the listener for phones. Every flag can be set as a variable as well:
    STREAMSIGN_NATS for --nats.
    """
    usual: dict[str, object] = {} if "STREAMSIGN_LAN" in os.environ else {"lan": False}
    require_no_workers(flags := given(ctx))
    settings = read_settings(**(usual | flags))
    require_cluster_extra()
    with quick_imports():
        from rich.console import Console

        from streamsign.cluster.gateway import run_gateway
        from streamsign.server.pairing.terminal import show
        from streamsign.server.process.logs import set_up_logs

    set_up_logs(settings.log_level, settings.log_json, "gateway")
    asyncio.run(run_gateway(settings, lambda server: show(server, Console())))

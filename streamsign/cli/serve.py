"""``streamsign serve``: the server for phones and viewers."""

from __future__ import annotations

import asyncio

import typer

from streamsign.cli import quick_imports
from streamsign.cli.options import given, refuse_flags, refuse_hand_of_fixed_framing, takes_all_settings
from streamsign.errors import SettingsError
from streamsign.settings import read_settings


@takes_all_settings
def serve(ctx: typer.Context, **options: object) -> None:
    """Start the server: shows a QR code for a phone, reads its camera, and sends letters to viewers.

    Every flag can be set as a variable as well: STREAMSIGN_LAN_PORT for --lan-port.
    """
    settings = read_settings(**given(ctx))
    refuse_hand_of_fixed_framing(ctx, settings.framing)
    if not settings.keep_log:
        refuse_flags(ctx, ["retention"], "captions are kept in memory only", "or leave out --no-log")
    if not settings.lan:
        refuse_flags(ctx, ["lan_port"], "the server does not listen for phones", "or leave out --no-lan")
    if not settings.ice_servers:
        refuse_flags(ctx, ["turn_secret"], "no TURN relay is named", "or name one with --ice-servers")
    if settings.workers is None:
        for name in ("nats", "nats_credentials", "nats_ca"):
            if getattr(settings, name) is not None:
                flag = f"--{name.replace('_', '-')}"
                raise SettingsError(
                    f"{flag} has no effect in one process: it does not use NATS.",
                    f"Pass --workers auto as well, or leave {flag} (STREAMSIGN_{name.upper()}) out. `streamsign "
                    "gateway` starts a gateway of a cluster.",
                )
    with quick_imports():
        from rich.console import Console

        from streamsign.server.pairing.terminal import show
        from streamsign.server.process.logs import set_up_logs
        from streamsign.server.run import run
        from streamsign.server.start_checks import check_start

    if settings.workers is not None:
        from streamsign.cli.cluster_extra import require_cluster_extra

        require_cluster_extra()
        from streamsign.cluster.serve_with_workers import serve_with_workers

        set_up_logs(settings.log_level, settings.log_json, "gateway")
        asyncio.run(serve_with_workers(settings, lambda server: show(server, Console())))
        return
    check_start(settings, lambda line: Console(stderr=True).print(line, style="yellow", markup=False, soft_wrap=True))
    set_up_logs(settings.log_level, settings.log_json)
    asyncio.run(run(settings, lambda server: show(server, Console())))

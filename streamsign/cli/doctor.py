"""``streamsign doctor``: check this computer, or the way from it to a server."""

from __future__ import annotations

import asyncio
import json as json_format
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Table

from streamsign.cli.options import CaFile, Insecure, given, refuse_ca_if_insecure, refuse_flags, setting
from streamsign.cli.output_files import require_outputs
from streamsign.doctor.check_result import CheckResult, CheckStatus
from streamsign.errors import SettingsError
from streamsign.settings import Settings, read_settings
from streamsign.state.grants import Right
from streamsign.state.local import local_grant

MARKS = {CheckStatus.OK: "[green]✓[/]", CheckStatus.WARNING: "[yellow]![/]", CheckStatus.FAILED: "[bold red]✗[/]"}


def doctor(
    ctx: typer.Context,
    url: Annotated[
        str, typer.Argument(metavar="[URL]", help="Check the way from here to this running server instead.")
    ] = "",
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the results to this file as well.")] = None,
    model: str = setting("model"),
    token: Annotated[
        str,
        typer.Option(
            envvar="STREAMSIGN_PUBLISH_TOKEN",
            show_envvar=True,
            help="Publish token of the server at URL; not needed on its own computer.",
        ),
    ] = "",
    ca: CaFile = None,
    insecure: Insecure = False,
) -> None:
    """Check that this computer can run captions; exits 1 if a check fails.

    With URL, check the way from this computer to a running server: HTTP first, then UDP.
    """
    require_outputs(json=json)
    refuse_ca_if_insecure(ctx, insecure=insecure)
    if url:
        refuse_flags(ctx, ["model"], "the way to a running server is checked", "or leave out URL")
    else:
        refuse_flags(
            ctx, ["token", "ca", "insecure"], "this computer is checked, not the way to a server", "or pass URL"
        )
    findings = asyncio.run(_way_to(url, token, ca, insecure)) if url else list(examine(read_settings(**given(ctx))))
    failed = any(each.health is CheckStatus.FAILED for each in findings)
    if json is not None:
        _write(json, {"ok": not failed, "findings": [asdict(each) for each in findings]})
    table = Table(show_header=False, box=None, padding=(0, 1))
    for each in findings:
        words = each.words + (f"\n[bold]→ {each.next_step}[/]" if each.next_step else "")
        table.add_row(MARKS[each.health], each.about, words)
    Console().print(table)
    if failed:
        raise typer.Exit(1)


def _write(file: Path, results: dict[str, object]) -> None:
    try:
        file.write_text(json_format.dumps(results) + "\n", encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}.", "Choose another --json file.") from error


def examine(settings: Settings) -> Iterator[CheckResult]:
    """Run every check, in the order in which they depend on each other."""
    from streamsign.doctor import connectivity, machine

    own = settings.advertise_address
    yield machine.cores()
    yield machine.runtime(settings.runtime)
    yield machine.model(settings)
    yield machine.receiver()
    yield machine.state_folder(settings.state_dir)
    yield connectivity.port(settings.port, "--port", settings.host)
    if settings.lan:
        yield connectivity.port(settings.lan_port, "--lan-port", "0.0.0.0")  # noqa: S104 - as the server binds it
        yield connectivity.address(own)
        yield connectivity.trust(settings.state_dir, own)
        yield asyncio.run(connectivity.udp(own))
    yield asyncio.run(connectivity.media())
    yield machine.camera()
    yield machine.browser()


async def _way_to(link: str, token: str, ca: Path | None, insecure: bool) -> list[CheckResult]:
    from streamsign.client.tls import tls_context
    from streamsign.doctor.reach import ROOM, reach

    parts = urlsplit(link)
    url = f"{parts.scheme}://{parts.netloc}"
    shown = token or local_grant(url, (Right.PUBLISH,), ROOM) or ""  # without one the check itself says what to do
    return await reach(url, shown, verify=tls_context(ca, insecure))

"""``streamsign doctor``: what works here, what does not, and what to do about it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from streamsign.doctor.finding import Finding, Health
from streamsign.settings import Settings, read_settings

MARKS = {Health.WELL: "[green]✓[/]", Health.LIMITED: "[yellow]![/]", Health.ILL: "[bold red]✗[/]"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
    model: Annotated[str | None, typer.Option(help="Model to try; else the one `serve` would use.")] = None,
) -> None:
    """Look at everything captions need on this computer. Ends with 1 when something keeps them from working."""
    settings = read_settings(model=model)
    findings = list(examine(settings))
    ill = any(each.health is Health.ILL for each in findings)
    if as_json:
        typer.echo(json.dumps({"well": not ill, "findings": [asdict(each) for each in findings]}))
    else:
        table = Table(show_header=False, box=None, padding=(0, 1))
        for each in findings:
            words = each.words + (f"\n[bold]→ {each.next_step}[/]" if each.next_step else "")
            table.add_row(MARKS[each.health], each.about, words)
        Console().print(table)
    if ill:
        raise typer.Exit(1)


def examine(settings: Settings) -> Iterator[Finding]:
    """Every check, in the order in which a thing needs the one before it."""
    from streamsign.doctor import machine, network

    own = settings.advertise_address
    yield machine.cores()
    yield machine.runtime()
    yield from machine.models((settings.model,))
    yield machine.receiver()
    yield machine.state_folder(settings.state_dir)
    yield network.port(settings.port, "--port", settings.host)
    if settings.lan:
        yield network.port(settings.lan_port, "--lan-port", "0.0.0.0")  # noqa: S104 - as the server binds it
        yield network.address(own)
        yield network.trust(settings.state_dir, own)
        yield asyncio.run(network.udp(own))
    yield asyncio.run(network.media())
    yield machine.camera()
    yield machine.browser()

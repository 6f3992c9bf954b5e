"""The terminal's output: links, and the QR code of a phone's link, redrawn in place when it changes."""

from __future__ import annotations

import asyncio
import logging
import sys

from rich.console import Console, ConsoleDimensions
from rich.live import Live
from rich.text import Text

from streamsign.server.pairing.links import Links, qr_rows, qr_text
from streamsign.server.parts import Server

ROOM = "main"

NO_SECRETS = "Run `streamsign link` for the host page's link, or `streamsign link pair` for a code that pairs a phone."
"""Printed when output goes to a file or a log: a secret in it would let later readers in."""

REPLACED = "A new one replaces it here."

_POLL_S = 1.0
"""How often the size of the terminal is compared."""

_PAUSE_S = 0.02

_HALVES = {(True, True): "black on black", (True, False): "black on white", (False, True): "white on black"}
"""Style of an upper half block by whether the upper and the lower module are dark; white on white otherwise."""


def words(server: Server) -> str:
    """The links of a server, one in a line. They contain secrets."""
    links = server.links
    token = server.access.view_token
    shown = [f"Viewers:       {links.view_url(ROOM, token)}"] if links.base else []
    if links.name_base:
        shown.append(f"or by name:    {links.view_url(ROOM, token, by_name=True)}")
    key = server.access.owner_token(link=server.issued.terminal_link().id)
    return "\n".join([*shown, f"This computer: {links.owner_url(key)}"])


def drawn(url: str, size: ConsoleDimensions, *, color: bool = True, renewed: str = REPLACED) -> Text:
    """A phone's link as a QR code and as text, or what the code needs when the terminal is too small for it.

    Args:
        url: the link.
        size: of the terminal, columns and rows.
        color: draw the code black on white by explicit colors, which scanners read on every background.
        renewed: where the next code comes from.
    """
    note = Text(overflow="fold")
    note.append("Scan with a phone on this network. Accept the certificate warning once.\n")
    note.append(f"{url}\n")
    note.append(f"The code is for one phone and two minutes. {renewed}", style="dim" if color else "")
    rows = len(note.wrap(Console(width=size.width), size.width)) + 1
    code = _blocks(url) if color else Text(qr_text(url).rstrip("\n"))
    lines = code.plain.split("\n")
    width, height = max(map(len, lines)), len(lines) + rows
    if width <= size.width and height <= size.height:
        return code.append("\n").append(note)
    return Text(
        f"The QR code needs a terminal of {width} columns and {height} rows; this one has {size.width} and "
        f"{size.height}.\nEnlarge it, or scan the code of the host page.\n",
        overflow="fold",
    ).append(note)


def _blocks(url: str) -> Text:
    """Two rows of modules a line, black on white whatever the colors of the terminal are."""
    rows = qr_rows(url)
    code = Text(no_wrap=True)
    for upper, lower in zip(rows[::2], [*rows[1::2], [False] * len(rows[0])], strict=False):
        if code:
            code.append("\n")
        for pair in zip(upper, lower, strict=True):
            code.append(
                "▀", style=_HALVES.get(pair, "white on white").replace("black", "#000000").replace("white", "#ffffff")
            )
    return code


async def show(server: Server, console: Console) -> None:
    """Print where to go. On a terminal the phone's code is redrawn in place whenever it changes, until canceled.

    Where output goes to a file or a log, only addresses are printed.
    """
    if not console.is_terminal:
        for url in (server.links.host_url, server.links.base):
            if url:
                console.print(f"Listening at {url}", markup=False, highlight=False, soft_wrap=True)
        console.print(NO_SECRETS, markup=False, highlight=False, soft_wrap=True)
        return
    stderr = sys.stderr
    printed: Links | None = None
    shown: tuple[str, ConsoleDimensions] | None = None
    with Live(console=console, auto_refresh=False, vertical_overflow="visible") as live:
        # Live keeps its place by standing in for stderr; log handlers made before it would write over the code.
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is stderr:
                handler.setStream(sys.stderr)
        while True:
            if server.links != printed:
                # Above the code and never cropped: a link that is cut cannot be copied.
                console.print(words(server), markup=False, highlight=False, soft_wrap=True)
                printed = server.links
            offered = await server.codes.current(ROOM)
            url = server.links.phone_url(ROOM, offered.code)
            if url is None:
                return
            if (url, console.size) != shown:
                shown = (url, console.size)
                live.update(drawn(url, console.size, color=console.color_system is not None), refresh=True)
            await server.codes.wait(ROOM, offered.version, _POLL_S)
            await asyncio.sleep(_PAUSE_S)  # after the last code was shown, waiting ends at once

"""Where to go, in the terminal: links, and a QR code that is always a fresh one."""

from __future__ import annotations

import logging
import sys

from rich.console import Console
from rich.live import Live
from rich.text import Text

from streamsign.server.pairing.links import qr_text
from streamsign.server.parts import Server

ROOM = "main"
_LONGEST_WAIT_S = 3600.0


NO_SECRETS = "Run `streamsign link` for the host page's link; it shows the QR code that pairs a phone."
"""Said where output goes to a file or a log: whoever reads it later must not get in by it."""


def words(server: Server) -> str:
    """The links of a server, one a line; they hold secrets."""
    links = server.links
    token = server.access.view_token
    shown = [f"Viewers:       {links.view_url(ROOM, token)}"] if links.base else []
    if links.name_base:
        shown.append(f"or by name:    {links.view_url(ROOM, token, by_name=True)}")
    return "\n".join([*shown, f"This computer: {links.owner_url(server.access.owner_token())}", ""])


def drawn(url: str) -> str:
    """A phone's link as a QR code and as text."""
    return (
        f"{qr_text(url)}Scan with a phone on this network; accept the certificate warning once.\n"
        f"Phone:         {url}\n"
        "               (for one phone and two minutes; a fresh one is shown by itself)\n"
    )


async def show(server: Server, console: Console) -> None:
    """Print where to go. On a terminal the phone's code is drawn anew whenever it changes, until cancelled.

    Where output goes to a file or a log, only addresses are printed.
    """
    if not console.is_terminal:
        for url in (server.links.host_url, server.links.base):
            if url:
                console.print(f"Listening at {url}", markup=False, highlight=False, soft_wrap=True)
        console.print(NO_SECRETS, markup=False, highlight=False, soft_wrap=True)
        return
    stderr = sys.stderr
    with Live(console=console, auto_refresh=False, vertical_overflow="visible") as live:
        # Live keeps its place by standing in for stderr; log handlers made before it would write over the code.
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is stderr:
                handler.setStream(sys.stderr)
        version: str | None = None
        while True:
            offered = await server.codes.wait(ROOM, version, _LONGEST_WAIT_S)
            version = offered.version
            url = server.links.phone_url(ROOM, offered.code)
            live.update(
                Text((drawn(url) if url else "") + words(server), no_wrap=True, overflow="ignore"), refresh=True
            )
            if url is None:
                return

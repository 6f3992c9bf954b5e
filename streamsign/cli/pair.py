"""``streamsign link pair``: a phone's one-time code, for a server whose host page and terminal cannot be seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import httpx
import typer
from rich.console import Console

from streamsign.errors import AccessDenied, SettingsError
from streamsign.server.pairing.codes import PairingCodes
from streamsign.server.pairing.links import Links
from streamsign.server.pairing.terminal import drawn
from streamsign.state.address import running_address
from streamsign.state.grants import Right
from streamsign.state.local import local_grant

if TYPE_CHECKING:
    from streamsign.cluster.state import SharedState

TIMEOUT_S = 10.0
AGAIN = "Run this command again for a new one."


def print_code(folder: Path, room: str, base: str | None = None) -> None:
    """Print the link that pairs a phone with a room of the server that uses a state folder.

    A terminal also shows its QR code. Otherwise only the link is printed, in one line.

    Args:
        folder: state folder.
        room: name of the room.
        base: start of the link; the server's own address if None.

    Raises:
        SettingsError: no server runs with this folder, or phones cannot reach it.
        AccessDenied: the server does not accept this folder's key.
    """
    found = running_address(folder)
    if found is None:
        raise SettingsError(
            f"No server is running with {folder}.", "Start it with `streamsign serve`, then run this command again."
        )
    token = local_grant(found.host_url, (Right.OWNER,), state_dir=folder)
    try:
        answer = httpx.get(
            f"{found.host_url.rstrip('/')}/api/pairing",
            params={"room": room},
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT_S,
        )
    except httpx.HTTPError as error:
        raise SettingsError(
            f"The server at {found.host_url} does not answer: {error}.", "Start it again with `streamsign serve`."
        ) from error
    body = answer.json()
    if answer.status_code == httpx.codes.CONFLICT:
        raise SettingsError(body["detail"], body["next_step"])
    if not answer.is_success:
        raise AccessDenied(body["detail"], body["next_step"])
    url = body["url"]
    if base is not None:
        made = urlsplit(url)
        url = base.rstrip("/") + urlunsplit(("", "", made.path, made.query, made.fragment))
    _print(url)


async def print_shared_code(shared: SharedState, base: str, room: str) -> None:
    """Print the link that pairs a phone with a room of a cluster; every gateway accepts its code.

    Args:
        shared: the state of the cluster.
        base: start of the link.
        room: name of the room.

    Raises:
        StateUnavailable: a new code cannot be stored.
    """
    offered = await PairingCodes(shared.codes, shared.clock).current(room)
    _print(str(Links(base, base).phone_url(room, offered.code)))


def _print(url: str) -> None:
    console = Console()
    if console.is_terminal:
        console.print(drawn(url, console.size, color=console.color_system is not None, renewed=AGAIN))
    else:
        typer.echo(url)

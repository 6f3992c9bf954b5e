"""``streamsign link pair``: a phone's one-time code, for a server whose host page and terminal cannot be seen."""

from __future__ import annotations

from pathlib import Path

import httpx
import typer
from rich.console import Console

from streamsign.errors import AccessDenied, SettingsError
from streamsign.server.pairing.terminal import drawn
from streamsign.state.address import running_address
from streamsign.state.grants import Right
from streamsign.state.local import local_grant

TIMEOUT_S = 10.0
AGAIN = "Run this command again for a new one."


def print_code(folder: Path, room: str) -> None:
    """Print the link that pairs a phone with a room of the server that uses a state folder.

    A terminal also shows its QR code. Otherwise only the link is printed, in one line.

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
    console = Console()
    if console.is_terminal:
        console.print(drawn(body["url"], console.size, color=console.color_system is not None, renewed=AGAIN))
    else:
        typer.echo(body["url"])

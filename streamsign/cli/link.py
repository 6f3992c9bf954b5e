"""``streamsign link``: the links of a server on this computer, with the secrets that open them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

import typer

from streamsign.captions.protocol import ROOM_PATTERN
from streamsign.errors import AccessDenied, SettingsError
from streamsign.settings import read_settings
from streamsign.state.grants import EDITOR, EVERY_ROOM, KEY_FILE, LINK_LIFE_S, OWNER_LIFE_S, Right, Signer
from streamsign.state.private import read_token


class To(StrEnum):
    """What a link opens."""

    host = "host"
    view = "view"
    edit = "edit"


def link(
    to: To = typer.Argument(To.host, help="The host page, or a room's captions: to read only, or to edit too."),
    room: str = typer.Option("main", help="The room."),
    url: str | None = typer.Option(None, help="Start of the link; this computer's own address when not given."),
    state_dir: Path | None = typer.Option(
        None, "--state-dir", envvar="STREAMSIGN_STATE_DIR", show_envvar=True, help="State folder of the server."
    ),
) -> None:
    """Print a link to a server on this computer, with the secret that opens it. Good for 30 days."""
    if not ROOM_PATTERN.fullmatch(room):
        raise SettingsError(f"{room[:80]!r} is not a room's name.", "Use 1 to 64 letters, digits, - or _.")
    settings = read_settings(state_dir=state_dir)
    try:
        key = read_token(settings.state_dir / KEY_FILE)
    except OSError as error:
        raise AccessDenied(
            f"{settings.state_dir} cannot be read: {error.strerror}.", "Run it as the user that runs the server."
        ) from error
    if key is None:
        raise AccessDenied(
            f"{settings.state_dir} holds no server key.",
            "Start the server with `streamsign serve`, or name its state folder with --state-dir.",
        )
    base = (url or settings.public_url or f"http://localhost:{settings.port}").rstrip("/")
    signer = Signer(key.encode())
    match to:
        case To.host:
            query = "" if room == "main" else f"?room={quote(room)}"
            typer.echo(f"{base}/{query}#key={signer.make((Right.OWNER,), EVERY_ROOM, OWNER_LIFE_S, 'owner')}")
        case To.view:
            typer.echo(f"{base}/view/{quote(room)}#token={signer.make((Right.VIEW,), room, LINK_LIFE_S)}")
        case To.edit:
            typer.echo(f"{base}/view/{quote(room)}#token={signer.make(EDITOR, room, LINK_LIFE_S)}")

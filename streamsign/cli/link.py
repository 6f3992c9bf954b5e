"""``streamsign link``: the links of a server on this computer, with the secrets that open them."""

from __future__ import annotations

import asyncio
import time
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

import typer

from streamsign.captions.protocol import ROOM_PATTERN
from streamsign.errors import AccessDenied, SettingsError
from streamsign.settings import Settings, read_settings
from streamsign.state.address import running_address
from streamsign.state.grants import DAY_S, EVERY_ROOM, KEY_FILE, LINK_LIFE_S, OWNER_LIFE_S, Signer
from streamsign.state.issued import LinkKind, link_url, open_links
from streamsign.state.private import read_token


class To(StrEnum):
    """What a link opens, or what to do with existing links."""

    host = "host"
    pair = "pair"
    view = "view"
    edit = "edit"
    publish = "publish"
    list = "list"
    revoke = "revoke"


def link(
    to: To = typer.Argument(
        To.host,
        help="The host page; a one-time code that pairs a phone with the room; the room's captions, to read only or to "
        "edit too; an address to send a camera to; or existing links: list them, or revoke one.",
    ),
    link_id: str | None = typer.Argument(None, metavar="[ID]", help="The link to revoke, as `list` names it."),
    room: str = typer.Option("main", help="The room."),
    days: float = typer.Option(
        LINK_LIFE_S / DAY_S, min=0.01, max=365, help="Days for which the link is valid; at most 30 for the host page's."
    ),
    url: str | None = typer.Option(None, help="Start of the link; the running server's address when not given."),
    state_dir: Path | None = typer.Option(
        None, "--state-dir", envvar="STREAMSIGN_STATE_DIR", show_envvar=True, help="State folder of the server."
    ),
) -> None:
    """Print a link to a server on this computer, with the secret that opens it; list links, or revoke one.

    A server that is running closes the viewers and cameras of a revoked link within two seconds.
    """
    if not ROOM_PATTERN.fullmatch(room):
        raise SettingsError(f"{room[:80]!r} is not a room's name.", "Use 1 to 64 letters, digits, - or _.")
    settings = read_settings(state_dir=state_dir)
    signer = _signer(settings.state_dir)
    match to:
        case To.pair:
            from streamsign.cli.pair import print_code  # the other links need no server

            print_code(settings.state_dir, room)
        case To.list:
            _list(settings.state_dir)
        case To.revoke:
            _revoke(settings.state_dir, link_id)
        case _:
            if to is To.host and days * DAY_S > OWNER_LIFE_S:
                raise SettingsError(
                    f"A link of the host page is valid for {OWNER_LIFE_S // DAY_S} days at most.",
                    "Pass a smaller number with --days.",
                )
            base = (url or _base(settings, to)).rstrip("/")
            _make(settings.state_dir, signer, base, LinkKind(to.value), room, int(days * DAY_S))


def _base(settings: Settings, to: To) -> str:
    """Start of a link: the public URL, the address of the running server, or the one that it would have."""
    if settings.public_url is not None:
        return settings.public_url
    found = running_address(settings.state_dir)
    if found is not None:
        return found.host_url if to is To.host else found.base or found.host_url
    base = f"http://localhost:{settings.port}"
    typer.echo(f"No server is running with {settings.state_dir}; the link begins with {base}.", err=True)
    return base


def _signer(folder: Path) -> Signer:
    try:
        key = read_token(folder / KEY_FILE)
    except OSError as error:
        raise AccessDenied(
            f"{folder} cannot be read: {error.strerror}.", "Run it as the user that runs the server."
        ) from error
    if key is None:
        raise AccessDenied(
            f"{folder} holds no server key.",
            "Start the server with `streamsign serve`, or name its state folder with --state-dir.",
        )
    return Signer(key.encode())


def _make(folder: Path, signer: Signer, base: str, kind: LinkKind, room: str, life_s: int) -> None:
    try:
        making = open_links(folder).make(signer, kind, EVERY_ROOM if kind is LinkKind.HOST else room, life_s)
        made, token = asyncio.run(making)
    except OSError as error:
        raise _not_written(folder, error) from error
    shown = link_url(base, made, token)
    if kind is LinkKind.HOST and room != "main":
        shown = shown.replace("/#", f"/?room={quote(room)}#")
    typer.echo(shown)
    if kind is LinkKind.PUBLISH:
        typer.echo(f"Bearer token: {token}")


def _list(folder: Path) -> None:
    links = open_links(folder).valid()
    if not links:
        typer.echo("No links were made here. The host page lists the link that it shows, and the terminal's.")
        return
    typer.echo(f"{'ID':<14}{'opens':<9}{'room':<18}valid until")
    for each in links:
        until = time.strftime("%Y-%m-%d %H:%M", time.localtime(each.expires_s))
        typer.echo(f"{each.id:<14}{each.kind:<9}{'all' if each.room == EVERY_ROOM else each.room:<18}{until}")


def _revoke(folder: Path, link_id: str | None) -> None:
    if link_id is None:
        raise SettingsError("The link to revoke is missing.", "Name one that `streamsign link list` prints.")
    try:
        found = asyncio.run(open_links(folder).revoke(link_id))
    except OSError as error:
        raise _not_written(folder, error) from error
    if not found:
        raise SettingsError(f"No valid link is named {link_id[:80]!r}.", "Name one that `streamsign link list` prints.")
    typer.echo(f"Revoked {link_id}.")


def _not_written(folder: Path, error: OSError) -> SettingsError:
    return SettingsError(
        f"{folder} cannot be written: {error.strerror}.", "Free some space, or run it as the user that runs the server."
    )

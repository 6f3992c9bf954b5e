"""``streamsign link``: the links of a server on this computer, with the secrets that open them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

import typer

from streamsign.cli.issuer import Issuer, issuer
from streamsign.cli.options import setting
from streamsign.errors import SettingsError, StateUnavailable
from streamsign.room_names import ROOM_PATTERN
from streamsign.settings import Settings, read_settings
from streamsign.state.address import running_address
from streamsign.state.grants import DAY_S, EVERY_ROOM, LINK_LIFE_S, OWNER_LIFE_S
from streamsign.state.issued import IssuedLinks, LinkKind, link_url


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
    nats: str | None = setting("nats"),
    nats_credentials: Path | None = setting("nats_credentials"),
    nats_ca: Path | None = setting("nats_ca"),
) -> None:
    """Print a link to a server on this computer, with the secret that opens it; list links, or revoke one.

    A server that is running closes the viewers and cameras of a revoked link within two seconds. With --nats (or
    STREAMSIGN_NATS) the links are those of a cluster: they are valid at every gateway, and every gateway closes the
    viewers and cameras of a revoked one within a second.
    """
    if not ROOM_PATTERN.fullmatch(room):
        raise SettingsError(f"{room[:80]!r} is not a room's name.", "Use 1 to 64 letters, digits, - or _.")
    settings = read_settings(state_dir=state_dir, nats=nats, nats_credentials=nats_credentials, nats_ca=nats_ca)
    if to is To.host and days * DAY_S > OWNER_LIFE_S:
        raise SettingsError(
            f"A link of the host page is valid for {OWNER_LIFE_S // DAY_S} days at most.",
            "Pass a smaller number with --days.",
        )
    if to is To.revoke and link_id is None:
        raise SettingsError("The link to revoke is missing.", "Name one that `streamsign link list` prints.")
    asyncio.run(_run(settings, to, link_id or "", room, int(days * DAY_S), url))


async def _run(settings: Settings, to: To, link_id: str, room: str, life_s: int, url: str | None) -> None:
    async with issuer(settings) as found:
        match to:
            case To.pair:
                from streamsign.cli.pair import print_code, print_shared_code  # the other links need no server

                if found.shared is None:
                    print_code(settings.state_dir, room, url)
                else:
                    await print_shared_code(found.shared, (url or _base(settings, to)).rstrip("/"), room)
            case To.list:
                _list(found.links)
            case To.revoke:
                await _revoke(settings, found.links, link_id)
            case _:
                await _make(settings, found, (url or _base(settings, to)).rstrip("/"), LinkKind(to.value), room, life_s)


def _base(settings: Settings, to: To) -> str:
    """Start of a link: the public URL, the address of the running server, or the one that it would have."""
    if settings.public_url is not None:
        return settings.public_url
    found = running_address(settings.state_dir)
    if found is not None:
        return found.host_url if to is To.host else found.base or found.host_url
    base = f"http://localhost:{settings.port}"
    unknown = (
        f"No server is running with {settings.state_dir}"
        if settings.nats is None
        else "The address of the cluster is not known without --url or STREAMSIGN_PUBLIC_URL"
    )
    typer.echo(f"{unknown}; the link begins with {base}.", err=True)
    return base


async def _make(settings: Settings, found: Issuer, base: str, kind: LinkKind, room: str, life_s: int) -> None:
    with _writing(settings.state_dir):
        made, token = await found.links.make(found.signer, kind, EVERY_ROOM if kind is LinkKind.HOST else room, life_s)
    shown = link_url(base, made, token)
    if kind is LinkKind.HOST and room != "main":
        shown = shown.replace("/#", f"/?room={quote(room)}#")
    typer.echo(shown)
    if kind is LinkKind.PUBLISH:
        typer.echo(f"Bearer token: {token}")


def _list(links: IssuedLinks) -> None:
    if not (valid := links.valid()):
        typer.echo("No links were made here. The host page lists the link that it shows, and the terminal's.")
        return
    typer.echo(f"{'ID':<14}{'opens':<9}{'room':<18}valid until")
    for each in valid:
        until = time.strftime("%Y-%m-%d %H:%M", time.localtime(each.expires_s))
        typer.echo(f"{each.id:<14}{each.kind:<9}{'all' if each.room == EVERY_ROOM else each.room:<18}{until}")


async def _revoke(settings: Settings, links: IssuedLinks, link_id: str) -> None:
    with _writing(settings.state_dir):
        found = await links.revoke(link_id)
    if not found:
        raise SettingsError(f"No valid link is named {link_id[:80]!r}.", "Name one that `streamsign link list` prints.")
    typer.echo(f"Revoked {link_id}.")


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Turn the error of a folder that cannot be written in the block into one with a next step."""
    try:
        yield
    except StateUnavailable:  # of a cluster; it has a next step
        raise
    except OSError as error:
        raise SettingsError(
            f"{folder} cannot be written: {error.strerror}.",
            "Free some space, or run it as the user that runs the server.",
        ) from error

"""What issues links for ``streamsign link``: a state folder, or the state that the gateways of a cluster share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from streamsign.cli.cluster_extra import require_cluster_extra
from streamsign.errors import AccessDenied
from streamsign.settings import Settings
from streamsign.state.grants import KEY_FILE, Signer
from streamsign.state.issued import IssuedLinks, open_links
from streamsign.state.private import read_token

if TYPE_CHECKING:
    from streamsign.cluster.state import SharedState


@dataclass(frozen=True)
class Issuer:
    """Makes, lists and revokes links.

    Attributes:
        signer: signs their tokens.
        links: the list.
        shared: the state of the cluster; None with a state folder.
    """

    signer: Signer
    links: IssuedLinks
    shared: SharedState | None = None


@asynccontextmanager
async def issuer(settings: Settings) -> AsyncIterator[Issuer]:
    """The issuer that the settings name: the cluster at ``--nats``, or the state folder without it.

    Raises:
        AccessDenied: the folder holds no key or cannot be read, or NATS rejects the credentials.
        ConnectionFailed: NATS does not answer.
        SettingsError: the list of links is damaged.
        StateUnavailable: the state cannot be read.
    """
    if settings.nats is None:
        yield Issuer(_signer(settings.state_dir), open_links(settings.state_dir))
        return
    require_cluster_extra()
    from streamsign.cluster.connection import NatsAddress, close, connect
    from streamsign.cluster.state import shared_state

    client = await connect(NatsAddress.of(settings), "streamsign link")
    try:
        async with shared_state(client) as shared:
            yield Issuer(Signer(shared.keys.session_key.encode()), IssuedLinks(shared.links), shared)
    finally:
        await close(client)


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
            "Start the server with `streamsign serve`, name its state folder with --state-dir, or its cluster with "
            "--nats.",
        )
    return Signer(key.encode())

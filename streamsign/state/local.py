"""Grants for programs on the server's computer: a program that can read the state folder has all rights."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from streamsign.errors import SettingsError
from streamsign.settings import read_settings
from streamsign.state.grants import EVERY_ROOM, KEY_FILE, PROGRAM_LIFE_S, Right, Signer
from streamsign.state.private import read_token

logger = logging.getLogger(__name__)


def local_grant(
    url: str, rights: Iterable[Right], room: str = EVERY_ROOM, *, state_dir: Path | None = None
) -> str | None:
    """A short-lived token for a server on this computer, signed with the key in its state folder.

    The key itself is never sent: another program that holds the port gets a token that ends in two minutes.

    Args:
        url: the server; None is returned for one that is not on a loopback address.
        rights: what the token is for.
        room: the room it is for.
        state_dir: the server's state folder; the one that ``streamsign serve`` would use when None.

    Returns:
        The token; None without a readable key, where the caller has to ask for a token instead.
    """
    if not is_loopback(url):
        return None
    folder = read_settings().state_dir if state_dir is None else state_dir
    try:
        key = read_token(folder / KEY_FILE)
    except (OSError, SettingsError) as error:
        logger.debug("no grant for %s: %s", url, error)
        return None
    return None if key is None else Signer(key.encode()).make(rights, room, PROGRAM_LIFE_S)


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this computer."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

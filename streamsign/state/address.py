"""Where the server of a state folder listens: written by the server, read by ``streamsign link``.

The server holds a lock on the file while it runs. The system releases the lock when the process ends, so that a file
that an earlier server left is ignored.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from streamsign.state.folder import lock

logger = logging.getLogger(__name__)

FILE = "server.json"
"""Name of the file in the state folder."""

_LOCK_WAIT_S = 0.2
_MOST_BYTES = 4096


class ServerAddress(BaseModel):
    """Where a server is reached."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    host_url: str
    """From this computer."""
    base: str | None
    """From other devices; None if none can reach it."""


@contextmanager
def announced(folder: Path) -> Iterator[Callable[[ServerAddress], None]]:
    """Give a function that writes where this server is reached, until the block ends.

    If the file cannot be written, or another server uses the folder, a warning is logged and nothing is written.
    """
    try:
        descriptor = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        logger.warning("the address cannot be written error=%s", error)
        yield lambda _: None
        return
    try:
        try:
            lock(descriptor, _LOCK_WAIT_S)
        except OSError:
            logger.warning(
                "another server uses the state folder, and `streamsign link` prints that one's address; "
                "start this one with another --state-dir folder=%s",
                folder,
            )
            yield lambda _: None
            return

        def write(address: ServerAddress) -> None:
            try:
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, address.model_dump_json().encode(), 0)
            except OSError as error:
                logger.warning("the address cannot be written error=%s", error)

        yield write
    finally:
        os.close(descriptor)


def running_address(folder: Path) -> ServerAddress | None:
    """Where the server that uses a state folder is reached; None if none is running."""
    try:
        descriptor = os.open(folder / FILE, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return ServerAddress.model_validate_json(os.pread(descriptor, _MOST_BYTES, 0))
        return None
    except (OSError, ValidationError):
        return None
    finally:
        os.close(descriptor)

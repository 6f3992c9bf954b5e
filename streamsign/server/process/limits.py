"""Limits of the process: as many descriptors as the system allows, and no core dumps."""

from __future__ import annotations

import asyncio.constants
import logging
import resource

logger = logging.getLogger(__name__)

WANTED_DESCRIPTORS = 65_536
TLS_HANDSHAKE_S = 10
"""asyncio waits for a TLS handshake for a minute, and uvicorn has no setting for it."""


def set_process_limits() -> None:
    """Raise the limit of open descriptors, forbid core dumps, and shorten the wait for TLS handshakes.

    A core dump would write frames to the disk. Every connection takes a descriptor, and the usual limit is 1024.
    """
    asyncio.constants.SSL_HANDSHAKE_TIMEOUT = TLS_HANDSHAKE_S
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(WANTED_DESCRIPTORS, hard)
    if soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError) as error:
            logger.warning("the limit of open files stays at %d: %s", soft, error)

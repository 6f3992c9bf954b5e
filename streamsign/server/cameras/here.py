"""Features for which the cameras have to be read in this process."""

from __future__ import annotations

from streamsign.server.cameras.registry import Cameras
from streamsign.server.http.problems import Problem
from streamsign.server.parts import Parts, Server


def cameras_here(parts: Server) -> Cameras:
    """The cameras, which are read in this process.

    Raises:
        Problem: 409, workers read them.
    """
    if not isinstance(parts.cameras, Cameras):
        raise Problem(
            409,
            "not_in_cluster",
            "Servers with several workers do not offer this.",
            "Use `streamsign serve` without --workers for it.",
        )
    return parts.cameras


async def require_cameras_here(parts: Parts) -> None:
    """Reject a request for what only a server without workers offers.

    Raises:
        Problem: 409.
    """
    cameras_here(parts)

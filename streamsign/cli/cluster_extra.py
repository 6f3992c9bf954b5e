"""What the commands of a cluster check before they start."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

from streamsign.errors import RuntimeUnavailable, SettingsError


def require_cluster_extra() -> None:
    """Check that the extra `cluster` is installed.

    Raises:
        RuntimeUnavailable: it is not installed.
    """
    if importlib.util.find_spec("nats") is None:
        raise RuntimeUnavailable(
            "The library for NATS is not installed.", "Install it with `pip install 'streamsign[cluster]'`."
        )


def require_no_workers(flags: Mapping[str, object]) -> None:
    """Check that `--workers` was not passed to a command that starts none. As a variable it may be there for `serve`.

    Args:
        flags: the settings that were passed as flags.

    Raises:
        SettingsError: it was passed.
    """
    if "workers" in flags:
        raise SettingsError(
            "Only `streamsign serve` starts workers.",
            "Leave --workers out, and start each worker of a cluster with `streamsign worker`.",
        )

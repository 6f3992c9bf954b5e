"""Checks that the library for NATS is installed."""

from __future__ import annotations

import importlib.util

from streamsign.errors import RuntimeUnavailable


def require_cluster_extra() -> None:
    """Check that the extra `cluster` is installed.

    Raises:
        RuntimeUnavailable: it is not installed.
    """
    if importlib.util.find_spec("nats") is None:
        raise RuntimeUnavailable(
            "The library for NATS is not installed.", "Install it with `pip install 'streamsign[cluster]'`."
        )

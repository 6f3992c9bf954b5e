"""cli/cluster_extra.py: the library for NATS."""

from __future__ import annotations

import importlib.util

import pytest

from streamsign.cli.cluster_extra import require_cluster_extra
from streamsign.errors import RuntimeUnavailable


def test_without_the_library_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check passes where it is installed; else the next step is the command that installs it."""
    require_cluster_extra()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(RuntimeUnavailable) as missing:
        require_cluster_extra()
    assert "streamsign[cluster]" in missing.value.next_step

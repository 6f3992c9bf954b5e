"""cluster/serve_with_workers.py: what each worker of one computer is given."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from streamsign.cluster.serve_with_workers import worker_count, worker_environment
from streamsign.settings import read_settings


def test_auto_is_one_worker_a_core() -> None:
    """A number is taken as it is."""
    assert (worker_count("auto", 4), worker_count("3", 8)) == (4, 3)


def test_workers_share_cores_and_cameras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has its share of the limits and a port of its own; settings of the server and its variables do not clash."""
    monkeypatch.setenv("STREAMSIGN_PORT", "9999")
    monkeypatch.setenv("STREAMSIGN_WORKERS", "2")
    monkeypatch.setenv("STREAMSIGN_KEEP_LOG", "true")
    given = read_settings(
        cores=4, max_sessions=5, state_dir=tmp_path, nats=SecretStr("nats://t@127.0.0.1:1"), model="celov", port=8080
    )
    environments = [worker_environment(given, number, 2) for number in range(2)]
    for number, environment in enumerate(environments):
        monkeypatch.setattr("os.environ", environment)
        made = read_settings()
        assert (made.cores, made.max_sessions, made.metrics_port) == (2, 3, 9101 + number)
        assert (made.model, made.workers, made.drain_s, made.port) == ("celov", None, 0, 8080)
        assert made.nats is not None
        assert made.nats.get_secret_value() == "nats://t@127.0.0.1:1"


def test_workers_use_large_pages_unless_the_server_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Options of glibc in the server's environment replace them."""
    settings = read_settings(state_dir=tmp_path)
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    assert worker_environment(settings, 0, 1)["GLIBC_TUNABLES"] == "glibc.malloc.hugetlb=1"
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.check=1")
    assert worker_environment(settings, 0, 1)["GLIBC_TUNABLES"] == "glibc.malloc.check=1"


def test_what_is_not_given_stays_the_default(tmp_path: Path) -> None:
    """Only what was given to the server is passed on, and lists keep their form."""
    environment = worker_environment(
        read_settings(state_dir=tmp_path, ice_servers=("stun:a.example", "turn:b.example"), max_pixels=5000), 0, 1
    )
    assert environment["STREAMSIGN_ICE_SERVERS"] == "stun:a.example,turn:b.example"
    assert environment["STREAMSIGN_MAX_PIXELS"] == "5000"
    assert "STREAMSIGN_MAX_CPU" not in environment

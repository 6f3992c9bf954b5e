"""``streamsign worker``: its help and its errors."""

from __future__ import annotations

from tests.cli.cluster_commands import (
    assert_another_address_is_an_error,
    assert_settings_are_flags,
    assert_workers_are_an_error,
)


def test_its_settings_are_flags() -> None:
    """The help names NATS, and the settings that only a cluster has."""
    assert_settings_are_flags("worker")


def test_an_address_that_is_not_one_of_nats_is_an_error() -> None:
    """The error names the flag, and does not repeat the address, which may hold a password."""
    assert_another_address_is_an_error("worker")


def test_the_number_of_workers_is_an_error() -> None:
    """The flag --workers is an error that names the command that has it."""
    assert_workers_are_an_error("worker")

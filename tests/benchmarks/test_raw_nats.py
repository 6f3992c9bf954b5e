"""Tests of benchmarks/raw_nats.py."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from benchmarks.nats_server import NatsServer, nats_servers
from benchmarks.raw_nats import Drain, RawClient, publication
from streamsign.errors import ConnectionFailed
from tests.nats_server import needs_nats

pytestmark = needs_nats

STREAM: dict[str, object] = {"name": "RAW", "subjects": ["raw.*"], "storage": "memory"}


@pytest.fixture(scope="module")
def server() -> Iterator[NatsServer]:
    """One real server for the tests of this file."""
    with nats_servers() as (started,):
        yield started


def test_messages_are_written_as_the_protocol_says() -> None:
    """PUB and HPUB have subject, reply, and the lengths of headers and payload in bytes."""
    assert publication("a.b", b"xyz") == b"PUB a.b 3\r\nxyz\r\n"
    assert publication("a", "é".encode(), reply="r") == b"PUB a r 2\r\n\xc3\xa9\r\n"
    assert publication("a", b"xyz", headers={"K": "v"}) == b"HPUB a 18 21\r\nNATS/1.0\r\nK: v\r\n\r\nxyz\r\n"


def test_a_subscriber_receives_what_was_sent(server: NatsServer) -> None:
    """All messages of a batch arrive at a thread that drains their subject."""
    drain, client = Drain(server.port, "numbers.*"), RawClient(server.port)
    client.send([publication(f"numbers.{n}", b"x" * n) for n in range(1000)])
    deadline_s = time.monotonic() + 10
    while drain.client.received < 1000 and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert drain.client.received == 1000
    drain.stop()
    client.close()


def test_a_message_that_is_not_stored_is_an_error(server: NatsServer) -> None:
    """An expected sequence that is wrong, and a subject without a stream, raise instead of counting as stored."""
    client = RawClient(server.port)
    client.request("$JS.API.STREAM.CREATE.RAW", STREAM)
    client.subscribe("_INBOX.raw")
    client.send([publication("raw.a", b"1", reply="_INBOX.raw", headers={"Nats-Msg-Id": "1"})])
    client.acknowledged(1)
    wrong = {"Nats-Expected-Last-Subject-Sequence": "9"}
    for message in (
        publication("raw.a", b"2", reply="_INBOX.raw", headers=wrong),
        publication("elsewhere", b"3", reply="_INBOX.raw"),
    ):
        client.send([message])
        with pytest.raises(ConnectionFailed, match="did not store"):
            client.acknowledged(1)
    client.close()


def test_an_ended_connection_is_an_error(server: NatsServer) -> None:
    """A protocol error ends the connection, and waiting for a message raises."""
    client = RawClient(server.port)
    client.send([b"NONSENSE\r\n"])
    with pytest.raises(ConnectionFailed, match="ended the connection"):
        client.receive()
    client.close()

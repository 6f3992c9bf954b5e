"""server/asyncapi.py: the document is whole, its examples are right, and the real server keeps to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from websockets.asyncio.client import connect

from streamsign.captions.events import event_adapter
from streamsign.recognition.events import Commit
from streamsign.server.asyncapi import document
from tests.conftest import ROOT
from tests.server.conftest import Running

DOCUMENT = document()


def _validate(name: str, payload: Any) -> None:
    """Check a payload against the schema of the message of that name."""
    reference = DOCUMENT["components"]["messages"][name]["payload"]["$ref"]
    schema = {"$ref": reference, "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(schema).validate(payload)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _references(each)


def test_the_written_document_is_the_current_one() -> None:
    """docs/reference/asyncapi.json says what the code does; `make api` brings it up to date."""
    assert json.loads((ROOT / "docs/reference/asyncapi.json").read_text(encoding="utf-8")) == DOCUMENT


def test_every_reference_leads_somewhere() -> None:
    """Channels, operations and schemas name only what is in the document."""
    for reference in _references(DOCUMENT):
        place = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


@pytest.mark.parametrize("name", DOCUMENT["components"]["messages"])
def test_examples_are_right(name: str) -> None:
    """Every message has an example that its schema and, for what viewers get, the client takes."""
    [example] = DOCUMENT["components"]["messages"][name]["examples"]
    _validate(name, example["payload"])
    if name in ("hello", "partial", "letter", "edit", "status"):
        event_adapter.validate_python(example["payload"])


async def test_the_server_keeps_to_it(running: Running) -> None:
    """What a real websocket hears are messages of the channel, each as its schema says."""
    room = running.server.rooms.get("main")
    room.publish_letter("a", Commit("L", 0.9, room.clock(), room.clock()), {"crop": 0.1})
    room.edit("undo")
    url = running.url.replace("http", "ws") + "/captions/main?reports=1"
    heard = []
    async with asyncio.timeout(20), connect(url, subprotocols=["streamsign.v1"]) as socket:  # type: ignore[list-item]
        while "ping" not in heard or "edit" not in heard:
            message = json.loads(await socket.recv())
            _validate(message["type"], message)
            heard.append(message["type"])
    assert set(heard) == {"hello", "letter", "edit", "ping"}
    assert set(heard) <= set(DOCUMENT["channels"]["captions"]["messages"])

"""server/documents/asyncapi.py: the document is whole, its examples are right, and the real server keeps to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from websockets.asyncio.client import connect

from streamsign.captions.events import event_adapter
from streamsign.captions.protocol import CLOCK_CHANNEL, LETTERS_CHANNEL
from streamsign.client.clip import ClipTrack
from streamsign.recognition.events import Commit
from streamsign.server.documents.asyncapi import document
from tests.films import rendered
from tests.server.conftest import Running

DOCUMENT = document()


def _validate(name: str, payload: Any) -> None:
    """Check a payload against the schema of the message of that name."""
    reference = DOCUMENT["components"]["messages"][name]["payload"]["$ref"]
    schema = {"$ref": reference, "components": DOCUMENT["components"]}
    import jsonschema  # slow: see tests/deploy/test_compose.py

    jsonschema.Draft202012Validator(schema).validate(payload)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _references(each)


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
    if name in DOCUMENT["channels"]["captions"]["messages"] and name not in ("ping", "pong", "painted"):
        event_adapter.validate_python(example["payload"])


async def test_the_server_keeps_to_it(running: Running) -> None:
    """What a real websocket hears are messages of the channel, each as its schema says."""
    room = await running.server.rooms.get("main")
    room.publish_letter("a", Commit("L", 0.9, room.clock(), room.clock()))
    await room.edit("undo")
    url = running.url.replace("http", "ws") + "/captions/main?reports=1"
    heard = []
    async with asyncio.timeout(20), connect(url, subprotocols=running.protocols) as socket:
        while "ping" not in heard or "edit" not in heard:
            message = json.loads(await socket.recv())
            _validate(message["type"], message)
            heard.append(message["type"])
    assert set(heard) == {"hello", "letter", "edit", "ping"}
    assert set(heard) <= set(DOCUMENT["channels"]["captions"]["messages"])


async def test_a_camera_hears_and_says_what_it_says(running: Running) -> None:
    """On both data channels a real camera hears the messages of its channels, and what it may say is taken as shown."""
    heard: dict[str, set[str]] = {LETTERS_CHANNEL: set(), CLOCK_CHANNEL: set()}
    something = asyncio.Event()
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    channels = {name: peer.createDataChannel(name) for name in heard}
    examples = {name: message["examples"][0]["payload"] for name, message in DOCUMENT["components"]["messages"].items()}

    def take(channel: str, text: str) -> None:
        message = json.loads(text)
        _validate(message["type"], message)
        heard[channel].add(message["type"])
        something.set()

    for name, channel in channels.items():
        channel.on("message", partial(take, name))
    channels[LETTERS_CHANNEL].on("open", lambda: channels[LETTERS_CHANNEL].send(json.dumps(examples["choose"])))
    channels[CLOCK_CHANNEL].on("open", lambda: channels[CLOCK_CHANNEL].send(json.dumps(examples["pong"])))
    peer.addTrack(ClipTrack(rendered("L", fps=15, width=320, height=240)))
    try:
        await peer.setLocalDescription(await peer.createOffer())
        answer = await running.http.post("/whip", content=peer.localDescription.sdp, headers=running.auth)
        await peer.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        [camera] = running.cameras
        async with asyncio.timeout(60):
            while not {"hello", "status", "hand", "partial", "letter"} <= heard[LETTERS_CHANNEL]:
                await something.wait()
                something.clear()
            await running.http.put("/api/model", json={"name": "celov"})
            while not ("model" in heard[LETTERS_CHANNEL] and "ping" in heard[CLOCK_CHANNEL]):
                await something.wait()
                something.clear()
        reads = camera.session._reader._recognizer
        assert reads is not None
        assert reads.hand == examples["choose"]["hand"]
    finally:
        await peer.close()
    for name, types in heard.items():
        assert types <= set(DOCUMENT["channels"][name]["messages"])

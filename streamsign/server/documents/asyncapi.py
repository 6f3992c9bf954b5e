"""The caption protocol as an AsyncAPI 3.0 document, made from the event models themselves.

`make api` writes it to docs/reference; the server serves it at /asyncapi.json.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from streamsign import __version__
from streamsign.captions.events import (
    Choose,
    Edit,
    Hand,
    Hello,
    Letter,
    Look,
    ModelChange,
    Move,
    Painted,
    Partial,
    Ping,
    Pong,
    Quality,
    Shown,
    Status,
)
from streamsign.captions.ledger import Ledger
from streamsign.captions.log import MAX_TEXT
from streamsign.captions.protocol import (
    BAD_QUERY,
    BEHIND,
    CLOCK_CHANNEL,
    GOING_AWAY,
    LETTERS_CHANNEL,
    NO_SUCH_ROOM,
    SUBPROTOCOL,
    TOO_BIG,
    TOO_MANY,
    TRY_AGAIN,
    UNAUTHORIZED,
)
from streamsign.recognition.track import HandChoice
from streamsign.room_names import ROOM_PATTERN
from streamsign.server.captions.websocket import AUTH_TIMEOUT_S

_EXAMPLES: tuple[BaseModel, ...] = (
    Hello(
        room="main", model="celov", letters=list("CELOV"), log_id="mB2xw0kQ9rTz", last_seq=2, replay="start", text="CE"
    ),
    Partial(
        session="5f0c1a2b", letter="L", confidence=0.83,
        alternatives=[{"letter": "L", "confidence": 0.83}, {"letter": "V", "confidence": 0.1}],  # type: ignore[list-item]
        sharpness=0.92, hint=None, captured_s=1795428000.033,
    ),
    Letter(
        seq=3, session="5f0c1a2b", letter="L", text="CEL", confidence=0.97, started_s=1795428000.0,
        captured_s=1795428000.133,
        ledger=Ledger(
            first_packet_s=1795428000.137, complete_s=1795428000.138, taken_s=1795428000.138,
            decoded_s=1795428000.14, located_s=1795428000.1406, cropped_s=1795428000.1407,
            classified_s=1795428000.1411, decided_s=1795428000.1413, published_s=1795428000.142,
        ),
    ),
    Edit(seq=4, action="space", text="CEL ", at_s=1795428003.5, session="5f0c1a2b"),
    Status(session="5f0c1a2b", state="live", detail="Camera connected.", at_s=1795428000.0),
    ModelChange(model="alphabet", letters=list("ABCDEFGHIKLMNOPQRSTUVWXY")),
    Hand.model_validate({
        "framing": "auto", "box": {"x0": 0.41, "y0": 0.2, "x1": 0.62, "y1": 0.55}, "hint": None,
        "captured_s": 1795428000.0,
    }),
    Quality(max_framerate=15, scale_down=2),
    Move(),
    Look(id=1, sdp="v=0\r\n"),
    Shown(id=1, sdp="v=0\r\n"),
    Choose(hand=HandChoice.LEFT),
    Ping(id=1),
    Pong(id=1, received_s=1795428000.0101, answered_s=1795428000.0102),
    Painted(seq=3, at_s=1795428000.18),
)  # fmt: skip

_EVENTS = ("hello", "partial", "letter", "edit", "status", "model")


def document() -> dict[str, Any]:
    """The document, as JSON values."""
    models = [type(each) for each in _EXAMPLES]
    _, schemas = models_json_schema(
        [(model, "serialization") for model in models], ref_template="#/components/schemas/{model}"
    )
    messages = {_name(each): _message(each) for each in _EXAMPLES}
    captions = _channel(
        "/captions/{room}",
        "A room's events over a websocket: a hello, what was missed, then the present.",
        (*_EVENTS, "ping", "pong", "painted"),
    )
    captions["parameters"] = {"room": {"description": f"Name of the room, {ROOM_PATTERN.pattern}."}}
    captions["bindings"] = {"ws": {"method": "GET", "query": _QUERY, "bindingVersion": "0.1.0"}}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "streamsign captions",
            "version": __version__,
            "license": {"name": "Apache-2.0"},
            "description": _DESCRIPTION,
        },
        "defaultContentType": "application/json",
        "servers": {
            "computer": {"host": "localhost:8080", "protocol": "ws", "description": "On the server's own computer."},
            "network": {
                "host": "{address}:8443",
                "protocol": "wss",
                "variables": {"address": {"description": "the server's address"}},
                "security": [{"$ref": "#/components/securitySchemes/subprotocol"}],
            },
        },
        "channels": {
            "captions": captions,
            LETTERS_CHANNEL: _channel(
                None,
                f"WebRTC data channel labeled '{LETTERS_CHANNEL}', opened by the camera's page: its room's events, "
                "where its own hand is, and what to send at most; and which of two hands the page wants read. "
                "The owner's page may ask for a connection of its own that shows the camera's picture.",
                (*_EVENTS, "hand", "quality", "choose", "move", "look", "shown"),
            ),
            CLOCK_CHANNEL: _channel(
                None,
                f"WebRTC data channel labeled '{CLOCK_CHANNEL}', unordered and without retransmission: clocks are "
                "compared as NTP does.",
                ("ping", "pong"),
            ),
        },
        "operations": {
            "watchRoom": _operation("captions", "send", _EVENTS, "Events for viewers."),
            "askClock": _operation("captions", "send", ("ping",), "Only to viewers that asked with reports=1."),
            "report": _operation("captions", "receive", ("pong", "painted"), "What viewers who measure answer."),
            "tellCamera": _operation(
                LETTERS_CHANNEL, "send", (*_EVENTS, "hand", "quality", "move", "look"), "Events for a camera's page."
            ),
            "chooseHand": _operation(
                LETTERS_CHANNEL, "receive", ("choose",), "Which of two hands is read, from now on."
            ),
            "showPicture": _operation(LETTERS_CHANNEL, "receive", ("shown",), "The answer to a look."),
            "askCameraClock": _operation(CLOCK_CHANNEL, "send", ("ping",), "Sent some times a second, then every two."),
            "cameraClock": _operation(CLOCK_CHANNEL, "receive", ("pong",), "The camera's page answers at once."),
        },
        "components": {
            "messages": messages,
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "subprotocol": {
                    "type": "httpApiKey",
                    "in": "header",
                    "name": "Sec-WebSocket-Protocol",
                    "description": f"'{SUBPROTOCOL}, token.TOKEN' with the view token or a paired phone's session "
                    f'token; or the first message {{"type": "auth", "token": "TOKEN"}} within {AUTH_TIMEOUT_S:g} s. '
                    "On the server's own computer none is needed.",
                }
            },
        },
    }


_QUERY = {
    "type": "object",
    "properties": {
        "after": {"type": "integer", "minimum": 0, "description": "number of the last event already seen"},
        "log_id": {"type": "string", "description": "the log that number belongs to, from its hello"},
        "reports": {"const": "1", "description": "the viewer answers pings and reports what it painted"},
    },
}

_DESCRIPTION = (
    "Letters read from a signing hand, as they are read. Only `letter` and `edit` change the text; they are numbered "
    "and kept, so a viewer that comes back with `after` and `log_id` misses nothing. A pause of the signer ends the "
    "word or the sentence: an `edit` with the action `space` or `line` and the camera's `session`. A drawn letter such "
    "as J removes the letters read on its way, each by an `edit` with the action `backspace` and that `session`. "
    "The text never has two spaces or line feeds in a row. It begins with one only where the beginning of a text of "
    f"more than {MAX_TEXT} characters was dropped. Unknown keys and types are to be ignored by viewers: new ones "
    "may be added. "
    f"Close codes: {BAD_QUERY} an invalid query, {UNAUTHORIZED} a wrong token, or a grant that was revoked or has "
    f"expired, {NO_SUCH_ROOM} no such room, {BEHIND} the viewer fell too far behind and may resume, {TOO_MANY} "
    f"too many messages, connections, viewers or rooms, {TOO_BIG} a message that is too long, {GOING_AWAY} the server "
    f"is stopping, {TRY_AGAIN} the room's captions cannot be loaded now."
)


def _name(example: BaseModel) -> str:
    return str(example.model_dump()["type"])


def _message(example: BaseModel) -> dict[str, Any]:
    model = type(example)
    return {
        "title": model.__name__,
        "summary": (model.__doc__ or "").partition("\n")[0],
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        "examples": [{"payload": example.model_dump(mode="json")}],
    }


def _channel(address: str | None, description: str, messages: tuple[str, ...]) -> dict[str, Any]:
    references = {name: {"$ref": f"#/components/messages/{name}"} for name in messages}
    return {"address": address, "description": description, "messages": references}


def _operation(channel: str, action: str, messages: tuple[str, ...], summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
    }

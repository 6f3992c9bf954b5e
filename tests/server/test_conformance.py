"""The real application conforms to its own OpenAPI document, whatever it is sent (schemathesis)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from streamsign.recognition.events import Commit
from streamsign.server.app import create_app
from streamsign.server.pairing.links import Links
from streamsign.server.parts import Server, make_server
from streamsign.settings import read_settings
from tests.conftest import ROOT

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    allow_header_conformance,
    unsupported_method,
]
OPERATIONS = [
    (path, method)
    for path, operations in json.loads((ROOT / "docs/reference/openapi.json").read_text("utf-8"))["paths"].items()
    for method in operations
]
ENDLESS = "/rooms/{room}/live.vtt"
"""A stream that ends with the server; captions/test_feeds.py reads it."""

CONFIG = schemathesis.Config.from_dict(
    {
        "checks": {
            "negative_data_rejection": {"expected-statuses": ["400", "401", "403", "404", "409", "413", "415", "422"]}
        }
    }
)

BOUNDED = settings(
    max_examples=10,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@schemathesis.serializer("application/sdp", "application/trickle-ice-sdpfrag")
def _text(_: object, value: object) -> bytes:
    """Bodies that are text."""
    return str(value).encode(errors="surrogatepass")


class _FromThisComputer:
    """Has requests arrive from this computer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = [each for each in scope["headers"] if each[0] != b"host"]
            scope = {**scope, "client": ("127.0.0.1", 50000), "headers": [*headers, (b"host", b"localhost")]}
        await self._app(scope, receive, send)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The parts of a server that phones can reach, with a letter in its room."""
    made = make_server(read_settings(state_dir=tmp_path_factory.mktemp("state")))
    made.links = Links("http://localhost:8080/", "https://192.0.2.1:8443")
    made.rooms.get("main").publish_letter("a", Commit("L", 0.9, 1.0, 1.5, (("L", 0.9),)), {})
    yield made
    made.executor.shutdown()


def _check(app: ASGIApp, path: str, method: str, headers: dict[str, str]) -> None:
    """Send an operation valid and invalid requests, and check every answer against the document."""
    operation = schemathesis.openapi.from_asgi("/openapi.json", app, config=CONFIG)[path][method]

    @BOUNDED
    @given(st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)))
    def check(case: Case[Any]) -> None:
        case.validate_response(case.call(headers=headers), checks=CHECKS)

    check()


@pytest.mark.parametrize(("path", "method"), [each for each in OPERATIONS if each[0] != ENDLESS])
def test_the_owner_gets_what_is_documented(server: Server, path: str, method: str) -> None:
    """With all rights, every answer has a documented status, media type, headers and schema, and none is 5xx."""
    headers = {"Authorization": f"Bearer {server.access.publish_token}"}
    _check(_FromThisComputer(create_app(server.settings, server)), path, method, headers)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_a_stranger_gets_what_is_documented(server: Server, path: str, method: str) -> None:
    """Without a token, too, every answer is documented, and none is 5xx."""
    _check(create_app(server.settings, server), path, method, {})

"""The real application conforms to its own OpenAPI document, whatever it is sent (schemathesis)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from streamsign.captions.ledger import Ledger
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

BOUNDED = settings(
    max_examples=10,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@schemathesis.serializer("application/sdp", "application/trickle-ice-sdpfrag", "application/zip")
def _text(_: object, value: object) -> bytes:
    """Bodies that are text, or archives that are none."""
    return str(value).encode(errors="surrogatepass")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The parts of a server that phones can reach, with a letter in its room."""
    made = make_server(read_settings(state_dir=tmp_path_factory.mktemp("state")))
    made.links = Links("http://localhost:8080/", "https://192.0.2.1:8443")
    asyncio.run(made.rooms.get("main")).publish_letter("a", Commit("L", 0.9, 1.0, 1.5, (("L", 0.9),)), Ledger())
    yield made
    made.executor.shutdown()


def _owner(server: Server) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.access.owner_token()}"}


@pytest.fixture(scope="module")
def schema(server: Server) -> BaseSchema:
    """The document that the application serves."""
    return schemathesis.openapi.from_asgi("/openapi.json", create_app(server.settings, server), headers=_owner(server))


def _check(schema: BaseSchema, path: str, method: str, headers: dict[str, str]) -> None:
    """Send an operation valid and invalid requests, and check every answer against the document."""
    operation = schema[path][method]

    @BOUNDED
    @given(st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)))
    def check(case: Case[Any]) -> None:
        case.validate_response(case.call(headers=headers), checks=CHECKS)

    check()


@pytest.mark.parametrize(("path", "method"), [each for each in OPERATIONS if each[0] != ENDLESS])
def test_the_owner_gets_what_is_documented(server: Server, schema: BaseSchema, path: str, method: str) -> None:
    """With all rights, every answer has a documented status, media type, headers and schema, and none is 5xx."""
    _check(schema, path, method, _owner(server))


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_a_stranger_gets_what_is_documented(schema: BaseSchema, path: str, method: str) -> None:
    """Without a token, too, every answer is documented, and none is 5xx."""
    _check(schema, path, method, {})

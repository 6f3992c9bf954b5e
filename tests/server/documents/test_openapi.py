"""server/documents/openapi.py: every operation has its responses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streamsign.server.app import create_app
from streamsign.server.http.problems import MEDIA_TYPE
from streamsign.settings import read_settings


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The document that the server serves."""
    return create_app(read_settings(state_dir=Path(tmp_path_factory.mktemp("state")))).openapi()


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield f"{method} {path}", operation


def test_every_success_has_a_schema(document: dict[str, Any]) -> None:
    """Each body has a media type and a schema that is not empty; 204 and WHIP's empty answers have no body."""
    empty = {"options /whip", "options /whip/{key}", "delete /whip/{key}"}
    for name, operation in _operations(document):
        [(status, response)] = [each for each in operation["responses"].items() if each[0] < "300"]
        schemas = [content["schema"] for content in response.get("content", {}).values()]
        assert bool(schemas) == (status != "204" and name not in empty), name
        assert all(schemas), name


def test_every_error_is_problem_details(document: dict[str, Any]) -> None:
    """Error statuses of all operations have the one schema and the one media type."""
    for name, operation in _operations(document):
        for status, response in operation["responses"].items():
            if status >= "400":
                reference = {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
                assert response["content"] == {MEDIA_TYPE: reference}, f"{name} {status}"
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_guarded_operations_document_their_refusal(document: dict[str, Any]) -> None:
    """An operation that takes a token answers 401 or 403 without it."""
    for name, operation in _operations(document):
        assert "security" not in operation or {"401", "403"} & operation["responses"].keys(), name


def test_pages_are_not_operations(document: dict[str, Any]) -> None:
    """Pages and their files are left out."""
    assert (
        not {"/", "/phone", "/view/{room}", "/overlay/{room}", "/practice", "/trust", "/studio"}
        & document["paths"].keys()
    )


def test_a_room_in_a_path_has_one_name(document: dict[str, Any]) -> None:
    """Every path that begins with /rooms names its room {room}."""
    rooms = [path for path in document["paths"] if path.startswith("/rooms/")]
    assert len(rooms) >= 6
    assert all(path.startswith("/rooms/{room}/") for path in rooms)

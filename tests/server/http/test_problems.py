"""server/http/problems.py: every error of the application is problem details."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from streamsign.server.http.problems import MEDIA_TYPE, Problem, ProblemDetails, handle_problems
from tests.server.conftest import Running


async def _answer(error: Exception) -> httpx.Response:
    """The response of an application whose route raises an error."""
    app = FastAPI()
    handle_problems(app)

    @app.get("/")
    async def fail() -> None:
        raise error

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        return await http.get("/")


@given(st.integers(400, 417), st.text(max_size=40), st.text(max_size=80), st.text(max_size=80))
async def test_a_problem_arrives_whole(status: int, reason: str, detail: str, next_step: str) -> None:
    """Texts, status and headers of a raised Problem arrive under RFC 9457's media type."""
    answer = await _answer(Problem(status, reason, detail, next_step, {"Retry-After": "5"}))
    assert answer.status_code == status
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.headers["retry-after"] == "5"
    problem = ProblemDetails.model_validate_json(answer.content)
    assert (problem.status, problem.reason, problem.detail, problem.next_step) == (status, reason, detail, next_step)
    assert problem.type == "about:blank"


async def test_an_unexpected_error_is_a_problem_without_details() -> None:
    """An exception of the code is answered with 500 and does not reach the client."""
    answer = await _answer(RuntimeError("a secret"))
    assert answer.status_code == 500
    assert ProblemDetails.model_validate_json(answer.content).reason == "internal_error"
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/static/nothing.js", 404, "not_found"),
        ("DELETE", "/healthz", 405, "method_not_allowed"),
        ("GET", "/whip", 405, "method_not_allowed"),
        ("POST", "/static/host.js", 405, "method_not_allowed"),
        ("GET", "/rooms/main/transcript.pdf", 422, "invalid_request"),
        ("GET", "/rooms/main/transcript.vtt?zero_s=nan", 422, "invalid_request"),
        ("GET", "/rooms/main/live.vtt?zero_s=inf", 422, "invalid_request"),
        ("GET", "/rooms/no%20room/words", 404, "no_such_room"),
        ("POST", "/rooms/main/edits", 422, "invalid_request"),
        ("POST", "/whip", 415, "unsupported_media_type"),
    ],
)
async def test_errors_of_the_framework_are_problems(
    running: Running, method: str, path: str, status: int, reason: str
) -> None:
    """Unknown paths, methods and values are answered like the routes' own errors."""
    answer = await running.http.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == MEDIA_TYPE
    problem = ProblemDetails.model_validate_json(answer.content)
    assert (problem.status, problem.reason) == (status, reason)
    assert problem.next_step
    assert status != 405 or answer.headers["allow"]


async def test_an_invalid_request_names_each_value(running: Running) -> None:
    """The errors name the place of every invalid value, in words without the validator's own prefix."""
    answer = await running.http.post("/rooms/main/edits", json={"action": "shout", "size": 3})
    problem = ProblemDetails.model_validate_json(answer.content)
    assert {each.where for each in problem.errors} == {"body.action", "body.size"}
    replaced = await running.http.post("/rooms/main/edits", json={"action": "replace"})
    assert "Value error" not in replaced.text
    assert "`word` is required" in replaced.json()["detail"]


@pytest.mark.parametrize("body", [b"{", b"\xff", b'"\\ud800"'])
async def test_a_body_that_is_no_json_is_a_problem(running: Running, body: bytes) -> None:
    """Broken JSON is answered with 400 or 422, never with 500."""
    headers = {"Content-Type": "application/json"}
    answer = await running.http.post("/rooms/main/edits", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == MEDIA_TYPE

"""Errors of the HTTP interface as problem details (RFC 9457, application/problem+json)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from streamsign.captions.room import LogUnavailable
from streamsign.errors import StateUnavailable, StreamsignError

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class InvalidValue(BaseModel):
    """One value of a request that failed validation."""

    where: str = Field(description="place of the value, such as query.zero_s or body.code")
    detail: str = Field(description="what is wrong with it")


class ProblemDetails(BaseModel):
    """Body of every error response (RFC 9457)."""

    type: str = Field(default="about:blank", description="always about:blank: `reason` names the kind of problem")
    title: str = Field(description="phrase of the HTTP status")
    status: int = Field(ge=400, le=599, description="the HTTP status")
    detail: str = Field(description="one sentence that says what is wrong")
    reason: str = Field(description="stable short name of the problem, for programs")
    next_step: str = Field(description="one sentence that says what to do")
    errors: list[InvalidValue] = Field(default=[], description="the invalid values; empty for other problems")


class Problem(HTTPException):
    """An error response. Raise it in a route, a dependency or a middleware.

    Args:
        status: the HTTP status.
        reason: a short name that stays the same when the texts change.
        detail: one sentence that says what is wrong.
        next_step: what to do, one sentence.
        headers: more headers of the response.
    """

    def __init__(
        self, status: int, reason: str, detail: str, next_step: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, headers)
        self.reason = reason
        self.next_step = next_step

    @classmethod
    def not_stored(cls, error: Exception, effect: str, next_step: str) -> Problem:
        """507: the state folder cannot be written; 503 if it is the state that the gateways of a cluster share.

        Args:
            error: of the disk or the database.
            effect: what that means for the request, without a full stop.
            next_step: what to do, one sentence.
        """
        if isinstance(error, StateUnavailable):
            return _unavailable(f"{effect}: {error.problem}", error.next_step)
        reason = getattr(error, "strerror", None) or error
        return cls(507, "not_stored", f"{effect}: the state folder cannot be written ({reason}).", next_step)

    @classmethod
    def of(cls, status: int, reason: str, error: StreamsignError) -> Problem:
        """The response to an error of streamsign, with the error's own texts."""
        return cls(status, reason, error.problem, error.next_step)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` argument of a route that may answer with these error statuses.

    A route that refuses wrong tokens answers 429 to who shows many (:mod:`streamsign.server.grants.guesses`).
    """
    if {401, 403} & set(statuses):
        statuses = (*statuses, 429)
    return {
        status: {"model": ProblemDetails, "description": HTTPStatus(status).phrase} for status in sorted(set(statuses))
    }


def handle_problems(app: FastAPI) -> None:
    """Answer every error of an application with problem details."""
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(ClientDisconnect, _client_left)
    app.add_exception_handler(StateUnavailable, _state_unavailable)
    app.add_exception_handler(LogUnavailable, _log_unavailable)
    app.add_exception_handler(Exception, _server_error)


def problem_response(problem: Problem) -> JSONResponse:
    """The response that a problem is answered with."""
    return _response(problem.status_code, problem.detail, problem.reason, problem.next_step, headers=problem.headers)


def _unavailable(detail: str, next_step: str) -> Problem:
    return Problem(503, "state_unavailable", detail, next_step, {"Retry-After": "2"})


_REASONS = {
    400: ("bad_request", "Send a body that matches the Content-Type header."),
    404: ("not_found", "Check the path; /openapi.json lists all paths."),
    405: ("method_not_allowed", "Use a method that the Allow header names."),
}


async def http_error(_: Request, error: Exception) -> JSONResponse:
    """The response to an HTTPException of a route, Starlette or FastAPI."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    if isinstance(error, Problem):
        reason, next_step = error.reason, error.next_step
    else:  # raised by Starlette or FastAPI
        reason, next_step = _REASONS.get(error.status_code, ("http_error", "Read the response's status and headers."))
    return _response(error.status_code, error.detail, reason, next_step, headers=error.headers)


async def _invalid_request(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    invalid = [
        InvalidValue(where=".".join(map(str, each["loc"])), detail=each["msg"].removeprefix("Value error, "))
        for each in error.errors()
    ]
    detail = "; ".join(f"{each.where}: {each.detail}" for each in invalid[:3])
    return _response(
        422,
        f"The request is not valid: {detail}.",
        "invalid_request",
        "Correct the values; /openapi.json describes them.",
        invalid,
    )


async def _client_left(request: Request, _: Exception) -> Response:
    """Log one line: a client that closes its connection within a body is not an error. The response is not sent."""
    logger.info("client left before the end of its request method=%s path=%s", request.method, request.url.path)
    return Response(status_code=400)


async def _state_unavailable(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StateUnavailable)  # noqa: S101 - registered for this class
    return problem_response(_unavailable(error.problem, error.next_step))


async def _log_unavailable(_: Request, error: Exception) -> JSONResponse:
    detail, next_step = f"The captions cannot be read or changed now: {error}.", "Try again in some seconds."
    return problem_response(Problem(503, "log_unavailable", detail, next_step, {"Retry-After": "2"}))


async def _server_error(request: Request, error: Exception) -> JSONResponse:
    logger.error("request failed method=%s path=%s error=%s", request.method, request.url.path, type(error).__name__)
    return _response(
        500, "The server could not answer because of an internal error.", "internal_error", "Read the server's log."
    )


def _response(
    status: int,
    detail: str,
    reason: str,
    next_step: str,
    errors: list[InvalidValue] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body = ProblemDetails(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        reason=reason,
        next_step=next_step,
        errors=errors or [],
    )
    return JSONResponse(body.model_dump(), status, headers, MEDIA_TYPE)

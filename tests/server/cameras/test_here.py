"""server/cameras/here.py: what only a server without workers offers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import pytest

from streamsign.server.cameras.here import cameras_here
from streamsign.server.cameras.pool import CameraPool
from streamsign.server.http.problems import Problem
from tests.server.conftest import Running


class _Elsewhere:
    """Cameras that are not read here; nothing else of them is asked."""

    def __init__(self, here: CameraPool) -> None:
        self.model = here.model


@contextmanager
def _elsewhere(running: Running) -> Iterator[None]:
    here = running.server.cameras
    running.server.cameras = cast(Any, _Elsewhere(here))
    try:
        yield
    finally:
        running.server.cameras = here


def test_cameras_of_workers_are_not_here(running: Running) -> None:
    """The error is 409 with the next step."""
    assert cameras_here(running.server) is running.server.cameras
    other = replace(running.server, cameras=cast(Any, _Elsewhere(running.server.cameras)))
    with pytest.raises(Problem) as refused:
        cameras_here(other)
    assert (refused.value.status_code, refused.value.reason) == (409, "not_in_cluster")
    assert "--workers" in refused.value.next_step


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/rooms/main/adaptation"),
        ("GET", "/api/collect/pictures"),
        ("GET", "/api/collect/report"),
        ("PUT", "/api/model"),
        ("GET", "/on-device"),
    ],
)
async def test_features_of_one_process_answer_that_a_cluster_lacks_them(
    running: Running, method: str, path: str
) -> None:
    """Adapting, collecting, another model, and reading on the phone are rejected in the same words."""
    with _elsewhere(running):
        answer = await running.http.request(method, path, json={"name": "celov"} if method == "PUT" else None)
        assert (answer.status_code, answer.json()["reason"]) == (409, "not_in_cluster"), answer.text


async def test_pages_hide_what_a_cluster_lacks(running: Running) -> None:
    """The links to collecting and the choice where letters are read are hidden, and one model is listed."""
    shown = {path: (await running.http.get(path)).text for path in ("/", "/phone")}
    with _elsewhere(running):
        hidden = {path: (await running.http.get(path)).text for path in ("/", "/phone")}
        models = (await running.http.get("/api/models")).json()
    assert [model["current"] for model in models] == [True]
    assert '<p class="small" hidden><a href="/collect">' in hidden["/"]
    assert '<span hidden><a id="collect"' in hidden["/phone"]
    for path, text in shown.items():
        assert text.count(" hidden>") < hidden[path].count(" hidden>")

"""Benchmarks the stages of a letter in a real server process, with the demo signer as a virtual phone."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from benchmarks.report import Row, row
from benchmarks.server import ServerProcess, server
from benchmarks.viewer import PageViewer, viewer_rows
from streamsign.captions.events import Event, Letter
from streamsign.client.camera import publish
from streamsign.demo.signer import DemoSigner
from streamsign.demo.video import Film, make_film


def letter_rows(model: str, words: int) -> list[Row]:
    """Stage times of the letters that a server reads from films of the demo signer, and their delay to viewers.

    Args:
        model: a model's name or folder.
        words: number of films, each of another hand.

    Returns:
        One row a stage, and one for each kind of event and viewer; subject ours, milliseconds. No rows of letters when
        the model reads none.

    Raises:
        StreamsignError: the server does not start.
        ConnectionFailed: the virtual phone cannot connect.
    """
    stages: dict[str, list[float]] = defaultdict(list)
    viewers: list[PageViewer] = []
    with server(model) as running:
        for seed in range(words):
            film, room = make_film(DemoSigner("CELLO", seed=seed)), f"bench{seed}"
            watching = [PageViewer(running.url, room, running.view_token, answers=answers) for answers in (True, False)]
            viewers += watching
            for event in asyncio.run(_play(running, film, room, watching)):
                if isinstance(event, Letter):
                    for stage, taken_ms in event.stages_ms.items():
                        stages[stage].append(taken_ms)
    return [row(f"letter/{stage}", "ours", "ms", taken) for stage, taken in stages.items()] + viewer_rows(viewers)


async def _play(running: ServerProcess, film: Film, room: str, viewers: list[PageViewer]) -> list[Event]:
    following = [asyncio.ensure_future(viewer.follow()) for viewer in viewers]
    try:
        return await publish(running.url, film, token=running.token, room=room)
    finally:
        for each in following:
            each.cancel()
        ended = await asyncio.gather(*following, return_exceptions=True)
        failed = [error for error in ended if isinstance(error, Exception)]
        if failed:
            raise failed[0]

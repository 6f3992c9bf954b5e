"""How long a letter takes in a real server, stage by stage: the demo signer as a virtual phone, one server process."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from benchmarks.report import Row, row
from benchmarks.server import server
from streamsign.captions.events import Letter
from streamsign.client.camera import publish
from streamsign.demo.signer import DemoSigner
from streamsign.demo.video import make_film


def letter_rows(model: str, words: int) -> list[Row]:
    """Stage times of the letters a server reads from films of the demo signer.

    Args:
        model: a model's name or folder.
        words: how many films to play, each of another hand.

    Returns:
        One row a stage, subject ours, milliseconds; none when the model read no letter.

    Raises:
        StreamsignError: the server does not start.
        ConnectionFailed: the virtual phone cannot connect.
    """
    stages: dict[str, list[float]] = defaultdict(list)
    with server(model) as running:
        for seed in range(words):
            film = make_film(DemoSigner("CELLO", seed=seed))
            for event in asyncio.run(publish(running.url, film, token=running.token, room=f"bench{seed}")):
                if isinstance(event, Letter):
                    for stage, taken_ms in event.stages_ms.items():
                        stages[stage].append(taken_ms)
    return [row(f"letter/{stage}", "ours", "ms", taken) for stage, taken in stages.items()]

"""How long a letter takes in a real server, stage by stage: the demo signer as a virtual phone, one server process."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.report import Row, row
from streamsign.captions.events import Letter
from streamsign.demo.publisher import publish, publish_token
from streamsign.demo.signer import DemoSigner
from streamsign.demo.video import make_film
from streamsign.errors import StreamsignError

_ROOT = Path(__file__).resolve().parents[1]
_START_TIMEOUT_S = 30.0


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
    with _server(model) as url:
        token = asyncio.run(publish_token(url))
        for seed in range(words):
            film = make_film(DemoSigner("CELLO", seed=seed))
            for event in asyncio.run(publish(url, film, token=token, room=f"bench{seed}")):
                if isinstance(event, Letter):
                    for stage, taken_ms in event.stages_ms.items():
                        stages[stage].append(taken_ms)
    return [row(f"letter/{stage}", "ours", "ms", taken) for stage, taken in stages.items()]


@contextmanager
def _server(model: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as state, tempfile.TemporaryFile("w+") as words:
        child = subprocess.Popen(
            [sys.executable, "-m", "streamsign", "serve", "--no-lan", "--port", str(port), "--model", model],
            cwd=_ROOT,
            env=os.environ | {"STREAMSIGN_STATE_DIR": state},
            stdout=words,
            stderr=subprocess.STDOUT,
        )
        try:
            if not _ready(url, child):
                words.seek(0)
                raise StreamsignError(
                    "The server of the webrtc benchmark does not start:\n" + words.read()[-2000:].strip(),
                    "Try `streamsign serve` alone.",
                )
            yield url
        finally:
            child.terminate()
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _ready(url: str, child: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline and child.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=2).status_code == 200:
                return True
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    return False

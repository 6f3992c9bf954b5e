"""What a room's viewers are shown of a camera while a WHIP client sends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from streamsign.captions.events import Hello, Status
from streamsign.client.captions import watch
from streamsign.settings import Settings
from streamsign.webrtc.connecting import WAITING_FOR_KEY_FRAME
from tests.conftest import ROOT
from tests.e2e.desk import Desk
from tests.e2e.films import WORD
from tests.e2e.lossy_relay import LossyRelay


async def statuses_while(desk: Desk, room: str, program: Sequence[str], longest_s: float) -> list[Status]:
    """The statuses of the camera of a program that sends to a room and ends its session.

    Raises:
        AssertionError: the program failed.
        TimeoutError: it took longer than ``longest_s``.
    """
    statuses: list[Status] = []
    watching = asyncio.Event()

    async def view() -> None:
        async for event in watch(f"{desk.url}/view/{room}", token=desk.view_token):
            if isinstance(event, Hello):
                watching.set()
            elif isinstance(event, Status):
                statuses.append(event)
                if event.state == "closed":
                    return

    async with asyncio.timeout(longest_s):
        viewing = asyncio.ensure_future(view())
        try:
            await watching.wait()
            sender = await asyncio.create_subprocess_exec(*program, cwd=ROOT, stderr=asyncio.subprocess.PIPE)
            try:
                _, said = await sender.communicate()
            finally:
                if sender.returncode is None:
                    sender.kill()
            assert sender.returncode == 0, said.decode()
            await viewing
        finally:
            viewing.cancel()
            await asyncio.gather(viewing, return_exceptions=True)
    return statuses


async def assert_waits_for_a_key_frame(desk: Desk, relay: LossyRelay, room: str, program: Sequence[str]) -> None:
    """A sender whose relay loses one packet and all RTCP keeps its session, and is read from its next key frame on.

    Raises:
        AssertionError: it is not.
    """
    statuses = await statuses_while(desk, room, program, 90)
    async with desk.http() as http:
        read = (await http.get(f"/rooms/{room}/transcript.txt")).text
    assert relay.lost == 1
    _assert_waited(statuses)
    assert read == f"{WORD}\n"


def _assert_waited(statuses: Sequence[Status]) -> None:
    """One session without video outlives the silence limit, reports the cause, and lasts until the sender ends.

    Raises:
        AssertionError: it did not.
    """
    assert len({status.session for status in statuses}) == 1, statuses
    shown = [(status.state, status.detail == WAITING_FOR_KEY_FRAME) for status in statuses]
    waited = shown.index(("stalled", True))
    # Before it the camera was live, unless the lost packet was one of the first key frame.
    assert shown[waited:] == [("stalled", True), ("live", False), ("closed", False)], statuses
    assert statuses[-1].detail == "The camera was switched off."
    settings = Settings.model_fields
    silence_s = settings["close_after_s"].default - settings["stall_after_s"].default
    assert statuses[waited + 1].at_s - statuses[waited].at_s > silence_s, statuses

"""cluster/operations.py: what gateways and other workers ask of a worker's cameras."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from streamsign.cluster.camera_messages import CameraReply, CameraRequest, HandedOver
from tests.cluster.workers import gateway, phones, publish, settings, worker
from tests.nats_server import NatsServer, needs_nats, until

pytestmark = [needs_nats, pytest.mark.real_time]


async def test_a_former_session_hands_over_and_ends(nats: NatsServer, tmp_path: Path) -> None:
    """It says when it read last; a session that is not here is not found."""
    given = settings(nats.url, tmp_path)
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(worker(given))
        one = await stack.enter_async_context(gateway(given))
        (phone,) = await stack.enter_async_context(phones(1))
        opened = await publish(one, phone)
        await phone.answered(opened)
        await until(lambda: running._writers[opened.session_id].last.captured_s > 0)
        handed = await running._operations.operate("hand-over", CameraRequest(session=opened.session_id))
        assert isinstance(handed, HandedOver)
        assert (handed.found, handed.captured_s > 0, handed.letters, len(running.cameras)) == (True, True, [], 0)
        again = await running._operations.operate("hand-over", CameraRequest(session=opened.session_id))
        assert again == HandedOver(found=False)
        assert await running._operations.operate("end", CameraRequest(key=opened.key)) == CameraReply(found=False)


async def test_a_look_at_a_camera_is_answered_by_its_worker(nats: NatsServer, tmp_path: Path) -> None:
    """A look at a camera without a page of ours times out, and an unknown one is not found."""
    given = settings(nats.url, tmp_path)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(worker(given))
        one = await stack.enter_async_context(gateway(given))
        (phone,) = await stack.enter_async_context(phones(1))
        opened = await publish(one, phone)
        await until(lambda: len(one.cameras) == 1)
        assert await one.cameras.look("ffffffff", "v=0") is None
        with pytest.raises(TimeoutError):
            await one.cameras.look(opened.session_id, "v=0")

"""cluster/operations.py: what gateways and other workers ask of a worker's cameras."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.cluster.camera_messages import CameraReply, CameraRequest, HandedOver
from tests.cluster.workers import one_camera, settings
from tests.nats_server import NatsServer, needs_nats, until

pytestmark = [needs_nats, pytest.mark.real_time]


async def test_a_former_session_hands_over_and_ends(nats: NatsServer, tmp_path: Path) -> None:
    """It says when it read last; a session that is not here is not found."""
    async with one_camera(settings(nats.url, tmp_path)) as (running, _, _, opened):
        await until(lambda: running._writers[opened.session_id].captured_s > 0)
        handed = await running._operations.operate("hand-over", CameraRequest(session=opened.session_id))
        assert isinstance(handed, HandedOver)
        assert (handed.found, handed.captured_s > 0, handed.letters, len(running.cameras)) == (True, True, [], 0)
        again = await running._operations.operate("hand-over", CameraRequest(session=opened.session_id))
        assert again == HandedOver(found=False)
        assert await running._operations.operate("end", CameraRequest(key=opened.key)) == CameraReply(found=False)


async def test_a_look_at_a_camera_is_answered_by_its_worker(nats: NatsServer, tmp_path: Path) -> None:
    """A look at a camera without a page of ours times out, and an unknown one is not found."""
    async with one_camera(settings(nats.url, tmp_path)) as (_, one, _, opened):
        assert await one.cameras.look("ffffffff", "v=0") is None
        with pytest.raises(TimeoutError):
            await one.cameras.look(opened.session_id, "v=0")

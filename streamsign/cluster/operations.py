"""What gateways and other workers may do with the cameras of one worker."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from streamsign.cluster.camera_messages import CameraReply, CameraRequest, End, HandedOver, SentGrant, SentProblem
from streamsign.cluster.handover import SessionWriter
from streamsign.errors import OfferError
from streamsign.server.cameras.camera import Camera
from streamsign.server.cameras.registry import Cameras
from streamsign.server.http.problems import Problem

logger = logging.getLogger(__name__)

HAND_OVER_S = 2.0
"""Wait for a former session's worker."""

MOVED = "The camera moved to another worker."
"""Reason with which a former session ends."""


class CameraOperations:
    """The operations on a worker's cameras.

    Args:
        cameras: of the worker.
        writers: of their sessions.
    """

    def __init__(self, cameras: Cameras, writers: Mapping[str, SessionWriter]) -> None:
        self._cameras = cameras
        self._writers = writers

    async def operate(self, operation: str, request: CameraRequest) -> CameraReply | HandedOver:
        """Do what is requested: "camera", "candidates", "look", "end" or "hand-over"."""
        if operation == "hand-over":
            return await self._hand_over(request.session)
        camera = self._cameras.find(request.key) if request.key else self._named(request.session)
        if camera is None:
            return CameraReply(found=False)
        try:
            return await self._do(operation, camera, request)
        except Problem as problem:
            return CameraReply(problem=SentProblem.of(problem))

    async def end(self, request: End) -> None:
        """End a session, if it is here."""
        camera = self._named(request.session)
        if camera is not None:
            await camera.session.close(request.reason)

    async def _do(self, operation: str, camera: Camera, request: CameraRequest) -> CameraReply:
        if operation == "candidates":
            try:
                await camera.session.add_candidates(request.candidates)
            except OfferError as error:
                raise Problem.of(400, "bad_candidate", error) from error
        elif operation == "look":
            try:
                return CameraReply(sdp=await camera.session.look(request.sdp))
            except TimeoutError:
                return CameraReply(sdp="")
        elif operation == "end":
            await (camera.session.close(request.reason) if request.reason else camera.session.close())
        return CameraReply(
            session=camera.session_id,
            room=camera.room_name,
            grant=None if camera.grant is None else SentGrant.of(camera.grant),
            etag=camera.etag,
            ice_ufrags=sorted(camera.session.ice_ufrags),
        )

    async def _hand_over(self, session: str) -> HandedOver:
        camera, writer = self._named(session), self._writers.get(session)
        if camera is None or writer is None:
            return HandedOver(found=False)
        await camera.session.close(MOVED)
        try:
            async with asyncio.timeout(HAND_OVER_S / 2):
                await camera.session.room.settled()
        except TimeoutError:
            logger.warning("Letters are not stored yet session=%s", session)
        return writer.last

    def _named(self, session: str) -> Camera | None:
        return next((camera for camera in self._cameras if camera.session_id == session), None)

"""The paired devices over HTTP: who they are, whether they send, and how to disconnect one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from streamsign.server.cameras.registry import Cameras
from streamsign.server.devices.registry import Devices
from streamsign.server.problems import not_owner, problem


def device_router(devices: Devices, cameras: Cameras, is_owner: Callable[[Request], bool]) -> APIRouter:
    """The routes under /api/devices.

    Args:
        devices: the paired ones.
        cameras: those connected now.
        is_owner: whether a request comes from whoever runs the server.
    """
    router = APIRouter()

    @router.get("/api/devices")
    async def paired(request: Request) -> Response:
        if not is_owner(request):
            return not_owner("see the paired devices")
        sending: dict[str, list[str]] = {}
        for camera in cameras:
            if camera.device is not None:
                sending.setdefault(camera.device, []).append(camera.session.session_id)
        return JSONResponse(
            [
                {
                    **device.model_dump(include={"id", "kind", "browser", "room", "paired_s", "expires_s"}),
                    "sessions": sending.get(device.id, []),
                }
                for device in devices.paired()
            ]
        )

    @router.delete("/api/devices/{device_id}")
    async def disconnect(device_id: str, request: Request) -> Response:
        if not is_owner(request):
            return not_owner("disconnect a device")
        if not devices.bar(device_id):
            return problem(
                404, "no_such_device", "There is no such paired device.", "It may have ended; reload the page."
            )
        theirs = [camera.session for camera in cameras if camera.device == device_id]
        await asyncio.gather(*(session.close("The device was disconnected by hand.") for session in theirs))
        return Response(status_code=204)

    return router

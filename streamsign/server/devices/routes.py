"""The paired devices: list them, name, disconnect and forget one."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from streamsign.server.devices.registry import MAX_NAME
from streamsign.server.grants.guards import require_owner
from streamsign.server.http.problems import Problem, problems
from streamsign.server.links.routes import end_revoked
from streamsign.server.parts import Parts, Server

router = APIRouter(prefix="/api/devices", tags=["devices"], dependencies=[Depends(require_owner)])


class PairedDevice(BaseModel):
    """A paired device. Times are Unix seconds."""

    id: str = Field(description="its random name")
    kind: str = Field(description="what it is, from its User-Agent header, such as iPhone")
    browser: str = Field(description="browser that it was paired with; empty if unknown")
    name: str = Field(description="the owner's name for it; empty if it has none")
    room: str
    room_title: str = Field(description="the owner's name for the room; the room's name if it has none")
    paired_s: float
    seen_s: float = Field(description="when its camera last connected or disconnected, or when it was paired")
    expires_s: float = Field(description="when its session ends")
    valid: bool = Field(description="whether it may send; false once it was disconnected or its session has ended")
    sessions: list[str] = Field(description="its camera sessions, as the room's events name them")


class DeviceName(BaseModel):
    """A name for a device."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: str = Field(max_length=MAX_NAME)


@router.get("", responses=problems(403))
async def list_devices(parts: Parts) -> list[PairedDevice]:
    """List the devices that were not forgotten, the one paired last first."""
    sending: dict[str, list[str]] = {}
    for camera in parts.cameras:
        if camera.device is not None:
            sending.setdefault(camera.device, []).append(camera.session_id)
    for holder, session in parts.readers.by_holder():
        if holder is not None:
            sending.setdefault(holder, []).append(session)
    return [
        PairedDevice(
            **device.model_dump(exclude={"barred", "forgotten"}),
            room_title=parts.titles.of(device.room),
            valid=parts.devices.is_valid(device),
            sessions=sending.get(device.id, []),
        )
        for device in parts.devices.listed()
    ]


@router.patch("/{device}", status_code=204, responses=problems(400, 403, 404, 413, 422, 503, 507))
async def rename_device(device: str, body: DeviceName, parts: Parts) -> None:
    """Name a device; an empty name removes its name."""
    try:
        found = await parts.devices.rename(device, body.name)
    except OSError as error:
        raise Problem.not_stored(
            error, "The device has this name until the next start only", "Free some space and rename it again."
        ) from error
    if not found:
        raise _no_such_device()


@router.post("/{device}/disconnect", status_code=204, responses=problems(403, 404, 503, 507))
async def disconnect_device(device: str, parts: Parts) -> None:
    """Close a device's cameras and viewers and revoke its session. It must pair again to send, and stays listed."""
    await _bar(parts, device, forget=False)


@router.delete("/{device}", status_code=204, responses=problems(403, 404, 503, 507))
async def forget_device(device: str, parts: Parts) -> None:
    """Disconnect a device and remove it from the list, with its name."""
    await _bar(parts, device, forget=True)


async def _bar(parts: Server, device: str, *, forget: bool) -> None:
    try:
        found = await parts.devices.bar(device, forget=forget)
    except OSError as error:
        await end_revoked(parts)
        raise Problem.not_stored(
            error,
            "The device was disconnected, but this is not stored",
            "Free some space and disconnect it again, or it may send after a restart.",
        ) from error
    if not found:
        raise _no_such_device()
    await end_revoked(parts)


def _no_such_device() -> Problem:
    return Problem(
        404, "no_such_device", "No device with this name is paired.", "Reload the list; its session may have ended."
    )

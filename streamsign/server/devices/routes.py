"""The paired devices: list them, and disconnect one."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from streamsign.server.grants.guards import require_owner
from streamsign.server.links.routes import end_revoked
from streamsign.server.parts import Parts
from streamsign.server.problems import Problem, problems

router = APIRouter(prefix="/api/devices", tags=["devices"], dependencies=[Depends(require_owner)])


class PairedDevice(BaseModel):
    """A paired device. Times are Unix seconds."""

    id: str = Field(description="its random name")
    kind: str = Field(description="what it is, from its User-Agent header, such as iPhone")
    browser: str = Field(description="browser that it was paired with; empty if unknown")
    room: str
    paired_s: float
    expires_s: float = Field(description="when its session ends")
    sessions: list[str] = Field(description="its camera sessions, as the room's events name them")


@router.get("", responses=problems(403))
async def list_devices(parts: Parts) -> list[PairedDevice]:
    """List the devices that may send, the one paired last first."""
    sending: dict[str, list[str]] = {}
    for camera in parts.cameras:
        if camera.device is not None:
            sending.setdefault(camera.device, []).append(camera.session.session_id)
    return [
        PairedDevice(**device.model_dump(exclude={"barred"}), sessions=sending.get(device.id, []))
        for device in parts.devices.paired()
    ]


@router.delete("/{device}", status_code=204, responses=problems(403, 404, 507))
async def disconnect_device(device: str, parts: Parts) -> None:
    """Close a device's cameras and viewers and revoke its session. It must pair again to send."""
    try:
        found = parts.devices.bar(device)
    except OSError as error:
        await end_revoked(parts)
        raise Problem.not_stored(
            error,
            "The device was disconnected, but this is not stored",
            "Free some space and disconnect it again, or it may send after a restart.",
        ) from error
    if not found:
        raise Problem(
            404, "no_such_device", "No device with this name is paired.", "Reload the list; its session may have ended."
        )
    await end_revoked(parts)

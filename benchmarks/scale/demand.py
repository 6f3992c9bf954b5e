"""The assumptions of docs/scale.md: what people do, and the size of machines. None of them is measured."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Demand(BaseModel):
    """Assumptions on rooms with a live camera. None of these is measured; docs/scale.md lists each with its value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    viewers_a_room: float = Field(default=5.0, ge=0, description="viewers of a room, its host page among them")
    letters_a_s: float = Field(
        default=1.0,
        gt=0,
        description="letters a second and room: two a second while the signer signs, half of the time",
    )
    pauses_a_s: float = Field(default=0.2, ge=0, description="spaces and new lines a second and room")
    frames_a_s: float = Field(default=30.0, gt=0, description="frames a second of a camera; each gives a partial")
    stream_mb_s: float = Field(
        default=1.5, gt=0, description="Mb/s of a camera: the maximum of the phone page at 640×480"
    )
    relayed: float = Field(default=0.2, ge=0, le=1, description="share of the cameras that need a TURN relay")
    utilization: float = Field(
        default=0.8, gt=0, le=1, description="share of a core that is used at the peak, as planned"
    )
    session_s: float = Field(default=1800.0, gt=0, description="mean time for which a camera stays, s")
    most_refused: float = Field(default=0.001, gt=0, le=1, description="share of the offers that may find no place")
    machine_cores: int = Field(default=16, ge=1, description="cores of a machine")
    disk_gb: float = Field(default=1000.0, gt=0, description="GB of the disk for captions")
    link_mb_s: float = Field(default=10_000.0, gt=0, description="Mb/s of a machine's network interface, each way")
    heartbeat_s: float = Field(
        default=2.0, gt=0, description="time between two lists of a worker's cameras, and two repeats of a status, s"
    )
    announce_s: float = Field(default=0.5, gt=0, description="time between two announcements of a worker's load, s")

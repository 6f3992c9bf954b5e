"""The messages about cameras: offers, operations, and what each worker has."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from streamsign.cluster.messages import Message, Part
from streamsign.server.http.problems import Problem
from streamsign.state.grants import Grant, Right
from streamsign.webrtc.ice import IceServer

OFFERS = "streamsign.offers"
"""Offers; the least loaded workers are in the queue group."""

SPARE_OFFERS = "streamsign.offers-spare"
"""Offers that no worker of :data:`OFFERS` took; every worker that may take a camera is in the queue group."""

WORKERS = "streamsign.workers"
"""Loads of workers; see :class:`Load`."""

CAMERAS = "streamsign.cameras"
"""Cameras of workers; see :class:`CameraList`."""

CAMERAS_NOW = "streamsign.cameras-now"
"""Asks every worker for its load and cameras; a process that starts sends it."""

END = "streamsign.end"
"""Ends a session at whichever worker has it; see :class:`End`."""

QUEUE = "workers"
"""Queue group of the workers."""


def worker_subject(worker: str, operation: str) -> str:
    """Subject of an operation of one worker."""
    return f"streamsign.worker.{worker}.{operation}"


class SentGrant(Part):
    """A grant that a gateway has checked."""

    rights: str = Field(description="one letter for each right; letters that are not known are left out")
    room: str
    holder: str
    expires_s: int

    @classmethod
    def of(cls, grant: Grant) -> SentGrant:
        """The message of a grant."""
        return cls(
            rights="".join(sorted(grant.rights)), room=grant.room, holder=grant.holder, expires_s=grant.expires_s
        )

    def grant(self) -> Grant:
        """The grant."""
        known = frozenset(right for right in Right if right in self.rights)
        return Grant(known, self.room, self.holder, self.expires_s)


class SentIceServer(Part):
    """A STUN or TURN server with the credentials of one session."""

    url: str
    username: str | None = None
    credential: str | None = None

    @classmethod
    def of(cls, server: IceServer) -> SentIceServer:
        """The message of a server."""
        return cls(url=server.url, username=server.username, credential=server.credential)

    def server(self) -> IceServer:
        """The server."""
        return IceServer(self.url, self.username, self.credential)


class SentProblem(Part):
    """An error response."""

    status: int = Field(ge=400, le=599)
    reason: str
    detail: str
    next_step: str

    @classmethod
    def of(cls, problem: Problem) -> SentProblem:
        """The message of a problem."""
        return cls(
            status=problem.status_code, reason=problem.reason, detail=problem.detail, next_step=problem.next_step
        )

    def problem(self) -> Problem:
        """The problem."""
        return Problem(self.status, self.reason, self.detail, self.next_step)


class Offer(Message):
    """A camera's offer, which one worker answers with an :class:`Answer`."""

    session: str = Field(description="name of the new session")
    room: str
    sdp: str
    grant: SentGrant | None = Field(default=None, description="what admits the camera; null for the publish token")
    expires: bool = Field(default=False, description="whether the session ends when the grant expires")
    ice_servers: list[SentIceServer] = Field(default=[])
    former: str = Field(default="", description="the session that this one takes over from while it still sends")
    former_worker: str = Field(default="", description="the worker that has the former session")
    continues: str = Field(default="", description="the session that this camera had before, which may have ended")
    continues_until_s: float | None = Field(
        default=None, description="capture time of a late frame of that session, if one is known"
    )


class Answer(Message):
    """The answer to an :class:`Offer`."""

    status: Literal["open", "elsewhere", "refused"] = Field(
        description="open: the session is here; elsewhere: another worker may take it; refused: none can"
    )
    sdp: str = ""
    key: str = Field(default="", description="secret name of the session in its URL")
    etag: str = ""
    problem: SentProblem | None = Field(default=None, description="why it was refused")
    session: str = Field(default="", description="name of the session that is here")
    room: str = Field(default="", description="and its room")

    def is_to(self, offer: Offer) -> bool:
        """Whether it answers an offer. Workers of the release before say neither session nor room."""
        return (self.session or offer.session, self.room or offer.room) == (offer.session, offer.room)


class Load(Message):
    """What one worker has, every half a second and on each change."""

    worker: str
    sessions: int = Field(description="cameras, those that are being answered included")
    max_sessions: int = 0
    takes: bool = Field(default=True, description="whether it may take one more camera")
    draining: bool = False


class ListedCamera(Part):
    """One camera of a :class:`CameraList`."""

    session: str
    room: str
    grant: SentGrant | None = None
    captured_s: float = Field(default=0.0, description="capture time of the newest frame that was read; 0 before it")
    continues: str = Field(default="", description="the session that the camera had before")


class CameraList(Message):
    """All cameras of one worker, every two seconds and on each change."""

    worker: str
    cameras: list[ListedCamera]


class CameraRequest(Message):
    """An operation on one camera of a worker, named by its key, or by its session."""

    key: str = ""
    session: str = ""
    candidates: list[tuple[str, str]] = Field(default=[], description="mid and candidate line of each")
    sdp: str = Field(default="", description="offer of a browser that is to show the picture")
    reason: str = Field(default="", description="why the camera is to end")


class CameraReply(Message):
    """The answer to a :class:`CameraRequest`."""

    found: bool = True
    problem: SentProblem | None = None
    session: str = ""
    room: str = ""
    grant: SentGrant | None = None
    etag: str = ""
    ice_ufrags: list[str] = Field(default=[])
    sdp: str = ""


class HandedLetter(Part):
    """A letter that a session read. Times are capture times on the rooms' clock, seconds."""

    letter: str
    started_s: float
    captured_s: float
    held_s: float = Field(default=0.0, description="last frame that is known to show it; 0 if none is known")


class HandedOver(Message):
    """What the former session of a camera published last, once it has ended and its letters are in the log."""

    found: bool = True
    captured_s: float = Field(default=0.0, description="capture time of the last frame that it read")
    letters: list[HandedLetter] = Field(default=[])


class End(Message):
    """Ends a session."""

    session: str
    reason: str

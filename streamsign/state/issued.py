"""The links that were issued, and those that were revoked: one file that the server and ``streamsign link`` share.

Tokens are checked by their signature, so a link that is not in this list is valid too; one that is listed as revoked is
not. Every change is made under a lock on the folder and is on the disk before it is reported.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from streamsign.errors import SettingsError
from streamsign.state.grants import EDITOR, EVERY_ROOM, LINK_LIFE_S, OWNER_LIFE_S, Right, Signer, new_holder
from streamsign.state.private import keep_private, write_private

logger = logging.getLogger(__name__)

FILE = "links.json"
"""Name of the list in the state folder."""

LOOK_EVERY_S = 0.5
"""Shortest time between two checks whether another process changed the file: every request checks grants."""

LOCK_WAIT_S = 2.0
"""How long a change waits for another process that changes the list."""

_LOCK_RETRY_S = 0.02

_PAGE = "page"
_TERMINAL = "terminal"


class LinkKind(StrEnum):
    """What a link allows in its room; "host" is the owner's link of the host page, for all rooms."""

    VIEW = "view"
    EDIT = "edit"
    PUBLISH = "publish"
    HOST = "host"


RIGHTS: dict[LinkKind, tuple[Right, ...]] = {
    LinkKind.VIEW: (Right.VIEW,),
    LinkKind.EDIT: EDITOR,
    LinkKind.PUBLISH: (Right.PUBLISH,),
    LinkKind.HOST: (Right.OWNER,),
}


class IssuedLink(BaseModel):
    """A link. Times are Unix seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    id: str = Field(description="its random name, part of its token")
    kind: LinkKind = Field(description="what it allows")
    room: str = Field(description="the room it is for; * for all")
    made_s: float
    expires_s: float
    revoked: bool = False


_listed: TypeAdapter[list[IssuedLink]] = TypeAdapter(list[IssuedLink])


class IssuedLinks:
    """The list in a state folder. It is read again when another process has changed it.

    :meth:`make`, :meth:`revoke` and :meth:`start_over` wait for the disk and may be called in any thread; the other
    methods read the file at most every :data:`LOOK_EVERY_S`.

    Args:
        folder: the state folder.
        clock: Unix seconds.

    Attributes:
        lost: whether the list cannot be read, or was missing when it was opened. What was revoked is not known then:
            every link counts as revoked.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._file = folder / FILE
        self._clock = clock
        self._changes = threading.Lock()
        self._looked_s = -math.inf
        self._stamp: tuple[int, int] | None = None  # of what was read or written last
        self._by_id: dict[str, IssuedLink] = {}  # replaced, never changed: other threads read it
        self._revoked_here: set[str] = set()
        self.lost = False
        self._read()
        self.lost = self._stamp is None

    def start_over(self) -> None:
        """Replace a lost list by an empty one.

        Raises:
            OSError: it cannot be written.
        """
        with self._changing(anew=True):
            pass

    def make(self, signer: Signer, kind: LinkKind, room: str, life_s: int = LINK_LIFE_S) -> tuple[IssuedLink, str]:
        """List a new link; the link and its token.

        Raises:
            OSError: it cannot be written, or what is there cannot be read. No token is made then, because it could not
                be revoked.
        """
        now_s = self._clock()
        link = IssuedLink(id=new_holder(), kind=kind, room=room, made_s=now_s, expires_s=now_s + life_s)
        with self._changing() as listed:
            listed[link.id] = link
        return link, signer.make(RIGHTS[kind], room, life_s, link.id)

    def page_link(self, room: str) -> IssuedLink:
        """The viewers' link of a room's host page. It is not listed; revoking it makes the page show another.

        Each visit of the page makes it valid for 30 days from then on.
        """
        return self._standing(_PAGE, LinkKind.VIEW, room, LINK_LIFE_S)

    def terminal_link(self) -> IssuedLink:
        """The host page's link that a server prints when it starts. It is not listed; a revoked one is replaced."""
        return self._standing(_TERMINAL, LinkKind.HOST, EVERY_ROOM, OWNER_LIFE_S)

    def _standing(self, name: str, kind: LinkKind, room: str, life_s: int) -> IssuedLink:
        """A link that is listed only once it is revoked; its number is one above those that were revoked."""
        self._refresh()
        used = (_number(link.id, name) for link in self._by_id.values() if link.room == room)
        number = max(used, default=-1) + 1
        now_s = self._clock()
        return IssuedLink(
            id=f"{name}{number}" if room == EVERY_ROOM else f"{name}{number}-{room}",
            kind=kind,
            room=room,
            made_s=now_s,
            expires_s=now_s + life_s,
        )

    def revoke(self, link_id: str) -> bool:
        """Revoke a link. Return False if the link does not exist or was revoked before.

        Raises:
            OSError: it cannot be written, or what is there cannot be read. The link is revoked until the next start.
        """
        self._looked_s = -math.inf
        self._refresh()
        standing = self.terminal_link(), self.page_link(link_id.partition("-")[2])
        link = self._by_id.get(link_id) or next((one for one in standing if one.id == link_id), None)
        if link is None or link.revoked:
            return False
        self._revoked_here.add(link_id)  # also if the disk is full
        with self._changing() as listed:
            listed[link_id] = link.model_copy(update={"revoked": True})
        return True

    def is_revoked(self, link_id: str, *, if_lost: bool = True) -> bool:
        """Whether a link was revoked, by this process or another one.

        Args:
            link_id: its id.
            if_lost: whether every link counts as revoked while the list cannot be read; else the list that was read
                last counts.
        """
        self._refresh()
        link = self._by_id.get(link_id)
        known = link_id in self._revoked_here or (link is not None and link.revoked)
        return known or (self.lost and if_lost)

    def is_listed(self, link_id: str) -> bool:
        """Whether a link was made here, valid or not; those of host pages and the terminal are not listed."""
        self._refresh()
        return link_id in self._by_id

    def valid(self) -> list[IssuedLink]:
        """The links that are neither revoked nor expired, the newest first."""
        self._refresh()
        now_s = self._clock()
        kept = [one for one in self._by_id.values() if not self.is_revoked(one.id) and one.expires_s > now_s]
        return sorted(kept, key=lambda link: -link.made_s)

    def _refresh(self) -> None:
        """Read the list if another process has changed it; not while another thread changes it."""
        now_s = time.monotonic()
        if now_s - self._looked_s < LOOK_EVERY_S or not self._changes.acquire(blocking=False):
            return
        try:
            self._looked_s = now_s
            if self.lost or self._stamp != _stamp(self._file):
                self._read()
        finally:
            self._changes.release()

    def _read(self) -> None:
        """Read the list. If the file was deleted, keep the list that was read before."""
        stamp = _stamp(self._file)
        try:
            keep_private(self._file)
            self._by_id = {link.id: link for link in _listed.validate_json(self._file.read_bytes())}
        except FileNotFoundError:
            return
        except (OSError, ValidationError, SettingsError) as error:
            if not self.lost:
                logger.warning("%s cannot be read (%s); every link counts as revoked", self._file, type(error).__name__)
            self.lost = True
            return
        self._stamp, self.lost = stamp, False

    @contextmanager
    def _changing(self, *, anew: bool = False) -> Iterator[dict[str, IssuedLink]]:
        """Hold the lock, read what others wrote, and write the list at the end; ``anew`` begins with an empty one."""
        with self._changes:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
            try:
                lock(descriptor)
                if not anew:
                    self._read()
                    if self.lost and (self._stamp is not None or self._file.exists()):
                        raise OSError(errno.EIO, f"its {FILE} cannot be read")
                listed = {} if anew else dict(self._by_id)
                yield listed
                now_s = self._clock()
                listed = {name: link for name, link in listed.items() if link.expires_s > now_s}
                write_private(self._file, _listed.dump_json(list(listed.values()), indent=2))
                self._by_id, self._stamp, self.lost = listed, _stamp(self._file), False
            finally:
                os.close(descriptor)


def open_links(folder: Path) -> IssuedLinks:
    """The list of a state folder, for a program beside the server.

    Raises:
        SettingsError: it is damaged. The next start of the server replaces it and revokes every link.
    """
    links = IssuedLinks(folder)
    if links.lost and (folder / FILE).exists():
        raise SettingsError(
            f"{folder / FILE} cannot be read.", "Restart the server: it makes a new list and revokes all links."
        )
    return links


def link_url(base: str, link: IssuedLink, token: str) -> str:
    """The URL of a link: a caption page with the token in the fragment, or the WHIP endpoint.

    The token for the WHIP endpoint is sent separately.

    Args:
        base: scheme and host of the server.
        link: the link.
        token: its secret.
    """
    if link.kind is LinkKind.PUBLISH:
        return f"{base}/whip?room={quote(link.room)}"
    if link.kind is LinkKind.HOST:
        return f"{base}/#key={quote(token, safe='')}"
    return view_url(base, link.room, token)


def view_url(base: str, room: str, token: str) -> str:
    """The URL of a room's caption page, with the token that opens it in the fragment, which is never sent."""
    return f"{base}/view/{quote(room)}#token={quote(token, safe='')}"


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def lock(descriptor: int, wait_s: float = LOCK_WAIT_S) -> None:
    """Lock a file or folder that is open against other processes.

    Raises:
        OSError: another process has held it for ``wait_s``.
    """
    until_s = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until_s:
                raise
            time.sleep(_LOCK_RETRY_S)
        else:
            return


def _number(link_id: str, kind: str) -> int:
    """The number in the name of a standing link of a kind; -1 for another one."""
    number = link_id.partition("-")[0].removeprefix(kind)
    return int(number) if link_id.startswith(kind) and number.isascii() and number.isdigit() else -1

"""The links that were issued, and those that were revoked: one file that the server and ``streamsign link`` share.

Tokens are checked by their signature, so a link that is not in this list is valid too; one that is listed as revoked is
not. Every change is made under a lock on the folder and is on the disk before it is reported.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from streamsign.errors import SettingsError
from streamsign.state.grants import EDITOR, LINK_LIFE_S, Right, Signer, new_holder
from streamsign.state.private import keep_private, write_private

FILE = "links.json"
"""Name of the list in the state folder."""

_PAGE = "page"


class LinkKind(StrEnum):
    """What a link allows in its room."""

    VIEW = "view"
    EDIT = "edit"
    PUBLISH = "publish"


RIGHTS: dict[LinkKind, tuple[Right, ...]] = {
    LinkKind.VIEW: (Right.VIEW,),
    LinkKind.EDIT: EDITOR,
    LinkKind.PUBLISH: (Right.PUBLISH,),
}


class IssuedLink(BaseModel):
    """A link. Times are Unix seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    id: str = Field(description="its random name, part of its token")
    kind: LinkKind = Field(description="what it allows")
    room: str
    made_s: float
    expires_s: float
    revoked: bool = False


_listed: TypeAdapter[list[IssuedLink]] = TypeAdapter(list[IssuedLink])


class IssuedLinks:
    """The list in a state folder. It is read again when another process has changed it.

    Args:
        folder: the state folder.
        clock: Unix seconds.

    Attributes:
        lost: whether the list was missing or damaged when it was opened: what was revoked is not known any more.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._file = folder / FILE
        self._clock = clock
        self._stamp: tuple[int, int] | None = None
        self._by_id: dict[str, IssuedLink] = {}
        self._revoked_here: set[str] = set()
        self.lost = not self._read()

    def start_over(self) -> None:
        """Replace a lost list by an empty one.

        Raises:
            OSError: it cannot be written.
        """
        with self._changing():
            self._by_id = {}
        self.lost = False

    def make(self, signer: Signer, kind: LinkKind, room: str, life_s: int = LINK_LIFE_S) -> tuple[IssuedLink, str]:
        """List a new link; the link and its token.

        Raises:
            OSError: it cannot be written. No token is made then, because it could not be revoked.
        """
        now_s = self._clock()
        link = IssuedLink(id=new_holder(), kind=kind, room=room, made_s=now_s, expires_s=now_s + life_s)
        with self._changing():
            self._by_id[link.id] = link
        return link, signer.make(RIGHTS[kind], room, life_s, link.id)

    def page_link(self, room: str) -> IssuedLink:
        """The viewers' link of a room's host page. It is not listed; revoking it makes the page show another.

        Each visit of the page makes it valid for 30 days from then on.
        """
        self._refresh()
        used = (_number(link.id) for link in self._by_id.values() if link.room == room)
        now_s = self._clock()
        return IssuedLink(
            id=f"{_PAGE}{max(used, default=-1) + 1}-{room}",
            kind=LinkKind.VIEW,
            room=room,
            made_s=now_s,
            expires_s=now_s + LINK_LIFE_S,
        )

    def revoke(self, link_id: str) -> bool:
        """Revoke a link. Return False if the link does not exist or was revoked before.

        Raises:
            OSError: it cannot be written. The link is revoked until the next start.
        """
        self._refresh()
        link = self._by_id.get(link_id) or self.page_link(link_id.partition("-")[2])
        if link.id != link_id or link.revoked:
            return False
        self._revoked_here.add(link_id)  # also if the disk is full
        with self._changing():
            self._by_id[link_id] = link.model_copy(update={"revoked": True})
        return True

    def is_revoked(self, link_id: str) -> bool:
        """Whether a link was revoked, by this process or another one."""
        self._refresh()
        link = self._by_id.get(link_id)
        return link_id in self._revoked_here or (link is not None and link.revoked)

    def valid(self) -> list[IssuedLink]:
        """The links that are neither revoked nor expired, the newest first."""
        self._refresh()
        now_s = self._clock()
        kept = [one for one in self._by_id.values() if not self.is_revoked(one.id) and one.expires_s > now_s]
        return sorted(kept, key=lambda link: -link.made_s)

    def _refresh(self) -> None:
        if self._stamp != _stamp(self._file):
            self._read()

    def _read(self) -> bool:
        """Read the list; False when it is missing or damaged, where what was known stays."""
        try:
            self._stamp = _stamp(self._file)
            keep_private(self._file)
            self._by_id = {link.id: link for link in _listed.validate_json(self._file.read_bytes())}
        except (OSError, ValidationError):
            return False
        return True

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold the lock, read what others wrote, and write the list at the end."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self._refresh()
            yield
            now_s = self._clock()
            self._by_id = {name: link for name, link in self._by_id.items() if link.expires_s > now_s}
            write_private(self._file, _listed.dump_json(list(self._by_id.values()), indent=2))
            self._stamp = _stamp(self._file)
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
    """Where a link leads: a caption page with the token in the fragment, or the WHIP address, for which it is apart.

    Args:
        base: scheme and host of the server.
        link: the link.
        token: its secret.
    """
    if link.kind is LinkKind.PUBLISH:
        return f"{base}/whip?room={quote(link.room)}"
    return f"{base}/view/{quote(link.room)}#token={quote(token, safe='')}"


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino


def _number(link_id: str) -> int:
    """The number of a host page's link; -1 for another one."""
    number = link_id.partition("-")[0].removeprefix(_PAGE)
    return int(number) if link_id.startswith(_PAGE) and number.isdigit() else -1

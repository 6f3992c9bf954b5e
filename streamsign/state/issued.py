"""The links that were issued, and those that were revoked; the server and ``streamsign link`` share the list.

Tokens are checked by their signature, so a link that is not in this list is valid too; one that is listed as revoked is
not. Every change is stored before it is reported.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from streamsign.errors import SettingsError
from streamsign.state.folder import FolderTable
from streamsign.state.grants import EDITOR, EVERY_ROOM, LINK_LIFE_S, OWNER_LIFE_S, Right, Signer, new_holder
from streamsign.state.tables import Table

FILE = "links.json"
"""Name of the list in the state folder."""

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


def links_file(folder: Path) -> FolderTable[IssuedLink]:
    """The links in a state folder, which the server and ``streamsign link`` share."""
    return FolderTable(
        folder / FILE,
        lambda content: {link.id: link for link in _listed.validate_json(content)},
        lambda links: _listed.dump_json(list(links.values()), indent=2),
        "; every link counts as revoked",
        shared=True,
    )


class IssuedLinks:
    """The links that were issued and revoked.

    Args:
        table: where they are kept. While it is lost every link counts as revoked.
        clock: Unix seconds.
    """

    def __init__(self, table: Table[IssuedLink], clock: Callable[[], float] = time.time) -> None:
        self.table = table
        self._clock = clock

    async def make(
        self, signer: Signer, kind: LinkKind, room: str, life_s: int = LINK_LIFE_S
    ) -> tuple[IssuedLink, str]:
        """List a new link; the link and its token.

        Raises:
            OSError: it cannot be stored, or what is there cannot be read. No token is made then, because it could not
                be revoked.
        """
        now_s = self._clock()
        link = IssuedLink(id=new_holder(), kind=kind, room=room, made_s=now_s, expires_s=now_s + life_s)
        await self.table.update(link.id, lambda _: link)
        ended = [name for name, each in self.table.entries().items() if each.expires_s <= now_s]
        if ended:
            with contextlib.suppress(OSError):
                await self.table.drop(ended)
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
        used = (_number(link.id, name) for link in self.table.entries().values() if link.room == room)
        number = max(used, default=-1) + 1
        now_s = self._clock()
        return IssuedLink(
            id=f"{name}{number}" if room == EVERY_ROOM else f"{name}{number}-{room}",
            kind=kind,
            room=room,
            made_s=now_s,
            expires_s=now_s + life_s,
        )

    async def revoke(self, link_id: str) -> bool:
        """Revoke a link. Return False if the link does not exist or was revoked before.

        Raises:
            OSError: it cannot be stored, or what is there cannot be read. The link is revoked here until the next
                start, and stored as revoked when that is possible again.
        """
        self.table.look_again()
        standing = self.terminal_link(), self.page_link(link_id.partition("-")[2])
        link = self.table.get(link_id) or next((one for one in standing if one.id == link_id), None)
        if link is None or (link.revoked and not self.table.is_held(link_id)):
            return False
        revoked = link.model_copy(update={"revoked": True})
        before = await self.table.update(link_id, lambda _: revoked, hold="revoked")
        return before is None or not before.revoked  # another process may have revoked it meanwhile

    def is_revoked(self, link_id: str, *, if_lost: bool = True) -> bool:
        """Whether a link was revoked, by this process or another one.

        Args:
            link_id: its id.
            if_lost: whether every link counts as revoked while the list cannot be read; else the list that was read
                last counts.
        """
        link = self.table.get(link_id)
        known = link_id in self.table.damaged or (link is not None and link.revoked)
        return known or (self.table.lost and if_lost)

    def is_listed(self, link_id: str) -> bool:
        """Whether a link was made here, valid or not; those of host pages and the terminal are not listed."""
        return self.table.get(link_id) is not None

    def valid(self) -> list[IssuedLink]:
        """The links that are neither revoked nor expired, the newest first."""
        now_s = self._clock()
        kept = [one for one in self.table.entries().values() if not self.is_revoked(one.id) and one.expires_s > now_s]
        return sorted(kept, key=lambda link: -link.made_s)


def open_links(folder: Path) -> IssuedLinks:
    """The links of a state folder, for a program beside the server.

    Raises:
        SettingsError: the list is damaged. The next start of the server replaces it and revokes every link.
    """
    links = IssuedLinks(links_file(folder))
    if links.table.lost and (folder / FILE).exists():
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


def _number(link_id: str, kind: str) -> int:
    """The number in the name of a standing link of a kind; -1 for another one."""
    number = link_id.partition("-")[0].removeprefix(kind)
    return int(number) if link_id.startswith(kind) and number.isascii() and number.isdigit() else -1

"""Grants: signed permissions that say what their holder may do, in which room, and until when.

Nothing about a grant is stored to check it: the signature proves it, so it survives a restart. A grant that is taken
back is looked up by its holder.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from streamsign.room_names import ROOM_PATTERN

EVERY_ROOM = "*"
KEY_FILE = "session-key"
"""Name of the signing key's file in the state folder."""

PHONE_LIFE_S = 12 * 3600
"""A paired phone: an evening's streaming and then some; after it the phone scans a code again."""

DAY_S = 24 * 3600

LINK_LIFE_S = 30 * DAY_S
"""A link for viewers, editors or cameras."""

OWNER_LIFE_S = 30 * DAY_S
"""The owner's browser, once it opened the host page's link."""

PROGRAM_LIFE_S = 120
"""A program on this computer that read the key: as long as a connection takes to open."""

HOST_CAMERA = "host-"
"""Prefix of the holder of the host page's camera grant; the holder of the owner's grant follows."""

_VERSION = "g1"
_HOLDER_BYTES = 6


class Right(StrEnum):
    """What a grant allows; each is a letter in its text."""

    PUBLISH = "p"
    VIEW = "v"
    EDIT = "e"
    OWNER = "o"


PHONE = (Right.PUBLISH, Right.VIEW, Right.EDIT)
"""What a paired phone may do in its room: its signer sends, reads, and corrects the text."""

EDITOR = (Right.VIEW, Right.EDIT)
"""What the holder of an editor's link may do."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token says.

    Attributes:
        rights: what its holder may do. An owner may do everything.
        room: the one room it is for, or EVERY_ROOM.
        holder: random name of the device, link or program that holds it.
        expires_s: when it ends, Unix seconds.
    """

    rights: frozenset[Right]
    room: str
    holder: str
    expires_s: int

    @property
    def link(self) -> str:
        """Name of the link that it came from; for the host page's camera, of the link that opened the page."""
        return self.holder.removeprefix(HOST_CAMERA)

    def allows(self, right: Right, room: str) -> bool:
        """Whether it allows something in a room; EVERY_ROOM asks for all of them."""
        return Right.OWNER in self.rights or (right in self.rights and self.room in (room, EVERY_ROOM))


def new_holder() -> str:
    """A random name for a device or a link."""
    return secrets.token_hex(_HOLDER_BYTES)


class Signer:
    """Makes and reads tokens ``g1.<rights>.<room>.<holder>.<expires>.<mac>``.

    The MAC is HMAC-SHA256 (RFC 2104) over all before its dot, base64url, compared in constant time. Every character is
    allowed in a websocket subprotocol, where browsers can only put a token.

    Args:
        key: the signing key; another key makes every token given out worthless.
        clock: Unix seconds.
        is_revoked: whether a grant was taken back.
    """

    def __init__(
        self,
        key: bytes,
        clock: Callable[[], float] = time.time,
        is_revoked: Callable[[Grant], bool] = lambda _: False,
    ) -> None:
        self._key = key
        self._clock = clock
        self._is_revoked = is_revoked

    def make(self, rights: Iterable[Right], room: str, life_s: int, holder: str | None = None) -> str:
        """A fresh token for a room; its holder is a new one when not given."""
        letters = "".join(sorted(rights))
        said = f"{_VERSION}.{letters}.{room}.{holder or new_holder()}.{int(self._clock()) + life_s}"
        return f"{said}.{self._mac(said)}"

    def read(self, token: str) -> Grant | None:
        """The grant in a token; None if the signature is not ours, or the grant has expired or was revoked."""
        grant = self.read_ended(token)
        return None if grant is None or grant.expires_s <= self._clock() or self._is_revoked(grant) else grant

    def read_ended(self, token: str) -> Grant | None:
        """The grant in a token, even if it has expired or was revoked; None if the signature is not ours."""
        if not self.signed(token):
            return None
        said, _, _ = token.rpartition(".")
        version, letters, room, holder, expires = said.split(".")
        if version != _VERSION or not (room == EVERY_ROOM or ROOM_PATTERN.fullmatch(room)):
            return None
        return Grant(frozenset(Right(letter) for letter in letters), room, holder, int(expires))

    def signed(self, token: str) -> bool:
        """Whether a token was made with this key, even if it has expired or was revoked."""
        said, _, mac = token.rpartition(".")
        return hmac.compare_digest(mac.encode(errors="surrogatepass"), self._mac(said).encode())

    def _mac(self, said: str) -> str:
        digest = hmac.new(self._key, said.encode(errors="surrogatepass"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

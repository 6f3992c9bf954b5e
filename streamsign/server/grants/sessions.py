"""Session tokens: what a phone holds after pairing. Signed, so that they survive a restart without being stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from streamsign.captions.protocol import ROOM_PATTERN

LIFE_S = 12 * 3600
"""An evening's streaming and then some; after it the phone scans a code again."""

_VERSION = "s1"
_DEVICE_BYTES = 6


@dataclass(frozen=True, slots=True)
class Session:
    """What a token says.

    Attributes:
        room: the one room its holder may send to and watch.
        device: random name of the paired device.
        expires_s: when it ends, Unix seconds.
    """

    room: str
    device: str
    expires_s: int


def new_device() -> str:
    """A random name for a device."""
    return secrets.token_hex(_DEVICE_BYTES)


class SessionTokens:
    """Makes and reads tokens ``s1.<room>.<device>.<expires>.<mac>``.

    The MAC is HMAC-SHA256 (RFC 2104) over all before its dot, base64url. Every character is allowed in a websocket
    subprotocol, where browsers can only put a token.

    Args:
        key: the signing key; another key makes every token given out worthless.
        clock: Unix seconds.
        is_barred: whether a device was disconnected by hand; its tokens are worthless.
    """

    def __init__(
        self,
        key: bytes,
        clock: Callable[[], float] = time.time,
        is_barred: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._key = key
        self._clock = clock
        self._is_barred = is_barred

    def make(self, room: str, life_s: int = LIFE_S, device: str | None = None) -> str:
        """A fresh token for a room, and a device of that name; a new one when not given."""
        device = device or new_device()
        said = f"{_VERSION}.{room}.{device}.{int(self._clock()) + life_s}"
        return f"{said}.{self._mac(said)}"

    def read(self, token: str) -> Session | None:
        """What a token says; None when it is not ours, changed, past its end, or of a device that was disconnected."""
        said, _, mac = token.rpartition(".")
        if not hmac.compare_digest(mac.encode(errors="surrogatepass"), self._mac(said).encode()):
            return None
        version, room, device, expires = said.split(".")
        if version != _VERSION or not ROOM_PATTERN.fullmatch(room) or int(expires) <= self._clock():
            return None
        if self._is_barred(device):
            return None
        return Session(room, device, int(expires))

    def _mac(self, said: str) -> str:
        digest = hmac.new(self._key, said.encode(errors="surrogatepass"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

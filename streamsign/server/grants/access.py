"""Who may do what: the caller's token or cookie, and what it grants.

Nothing is granted for where a request comes from: behind a reverse proxy every visitor comes from this computer, and a
foreign page or name can make a browser here send requests. The person who runs the server shows the secret of the
host page's link; programs on this computer sign a grant with the key in the state folder.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from streamsign.settings import Settings
from streamsign.state.grants import EVERY_ROOM, OWNER_LIFE_S, Grant, Right, Signer
from streamsign.state.keys import Keys, keys_in_folder


def bearer(headers: Mapping[str, str]) -> str | None:
    """The token of an ``Authorization: Bearer`` header (RFC 6750); None if the request has none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def shown_token(headers: Mapping[str, str]) -> str | None:
    """The bearer token, or the password of Basic access (RFC 7617), which players take from a URL."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return bearer(headers)
    try:
        return base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return None


class Access:
    """The publish and the view token, and signed grants.

    The two tokens are given in the settings, or made once and kept for the owner only; they open every room and do not
    end. Each allows one thing: the publish token does not view, and the view token does not edit.

    Args:
        settings: name the tokens and the state folder.
        is_revoked: whether a grant was taken back.
        keys: the secrets; those of the state folder if None.

    Raises:
        SettingsError: the state folder cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        is_revoked: Callable[[Grant], bool] = lambda _: False,
        keys: Keys | None = None,
    ) -> None:
        given = settings.publish_token, settings.view_token
        self._given = [token.get_secret_value() if token else None for token in given]
        self._is_revoked = is_revoked
        self._public = urlsplit(settings.public_url) if settings.public_url else None
        self.use(keys_in_folder(settings.state_dir, *self._given) if keys is None else keys)

    def use(self, keys: Keys) -> None:
        """Use other keys: grants that were signed with the former one are worthless."""
        publish, view = self._given
        self.publish_token, self.view_token = publish or keys.publish_token, view or keys.view_token
        key = keys.session_key.encode()
        self.grants = Signer(key, is_revoked=self._is_revoked)
        self.cookie = f"streamsign-{hashlib.sha256(key).hexdigest()[:8]}"
        """Name of the owner's cookie: servers on other ports of this computer, which get it too, have their own."""

    def owner_token(self, life_s: int = OWNER_LIFE_S, link: str | None = None) -> str:
        """A fresh token that may do everything, for the host page's link or the owner's cookie.

        It ends when the link of that name is revoked.
        """
        return self.grants.make((Right.OWNER,), EVERY_ROOM, life_s, link)

    def allows(self, token: str | None, right: Right, room: str = EVERY_ROOM) -> bool:
        """Whether a token allows something in a room; without a room, in all of them."""
        if token is None:
            return False
        # All are compared, so that the answer takes equally long for every wrong one.
        fixed, grant = self.is_fixed(token, right), self.grants.read(token)
        return fixed or (grant is not None and grant.allows(right, room))

    def is_fixed(self, token: str, right: Right) -> bool:
        """Whether a token is the fixed one that allows something in every room."""
        fixed = _same(token, self.publish_token) and right is Right.PUBLISH
        fixed |= _same(token, self.view_token) and right is Right.VIEW
        return fixed

    def is_guess(self, token: str) -> bool:
        """Whether a token never opened anything here.

        One that has expired or was revoked is not a guess, nor is an empty one, which pages without a token send.
        """
        if not token:
            return False
        known = _same(token, self.publish_token)
        known |= _same(token, self.view_token)
        return not (self.grants.signed(token) or known)

    def has_ended(self, token: str) -> bool:
        """Whether a token is a grant that has expired or was revoked."""
        return self.grants.read_ended(token) is not None and self.grants.read(token) is None

    def caller(self, connection: HTTPConnection) -> str | None:
        """The token of a request: the one it shows, else the owner's cookie when the request is from our own page.

        Browsers add a cookie by themselves, also to what another program's page on this computer sends. So it counts
        only where the browser says that the page is ours.
        """
        token = shown_token(connection.headers)
        if token is not None:
            return token
        return connection.cookies.get(self.cookie) if self.is_own_page(connection) else None

    def may(self, connection: HTTPConnection, right: Right, room: str = EVERY_ROOM) -> bool:
        """Whether who sends a request may do something in a room; without a room, in all of them."""
        return self.allows(self.caller(connection), right, room)

    def is_owner(self, connection: HTTPConnection) -> bool:
        """Whether a request comes from the person who runs the server."""
        return self.may(connection, Right.OWNER)

    def grant(self, token: str | None) -> Grant | None:
        """The grant of a signed token; None for a fixed token, a wrong token, or no token."""
        return self.grants.read(token) if token is not None else None

    def is_own_page(self, connection: HTTPConnection) -> bool:
        """Whether a request comes from a page of this very server, or was typed; port and scheme count.

        By Fetch metadata (W3C), and by Origin (RFC 6454), which browsers send with every websocket and every request
        that is not a GET or HEAD. Behind a proxy that sends another Host, the origin is the public URL.
        """
        site = connection.headers.get("sec-fetch-site")
        if site is not None and site not in ("same-origin", "none"):
            return False
        origin = connection.headers.get("origin")
        if origin is None:
            return connection.scope["type"] == "http" and connection.scope["method"] in ("GET", "HEAD")
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        if self._public is not None and (parts.scheme, parts.netloc) == (self._public.scheme, self._public.netloc):
            return True
        secure = connection.scope["scheme"] in ("https", "wss")
        return parts.netloc == connection.headers.get("host") and parts.scheme == ("https" if secure else "http")


def _same(token: str, right: str) -> bool:
    return secrets.compare_digest(token.encode(errors="surrogatepass"), right.encode())

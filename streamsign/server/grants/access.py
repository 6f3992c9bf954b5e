"""Who may send and who may watch: two tokens, paired phones, and trust in browsers and programs on this computer."""

from __future__ import annotations

import copy
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from streamsign.errors import SettingsError
from streamsign.server.grants.sessions import Session, SessionTokens
from streamsign.settings import Settings

_LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}


def _is_local_url(url: str) -> bool:
    try:
        return urlsplit(url).hostname in _LOCAL_NAMES
    except ValueError:
        return False


def is_this_computer(peer: str | None, headers: Mapping[str, str]) -> bool:
    """Whether a request comes from this computer, and not from a foreign web page through its browser.

    The Host rule stops DNS rebinding (a foreign name that resolves to 127.0.0.1), the Origin rule stops foreign
    pages, whose websockets and simple requests browsers do send.

    Args:
        peer: address of the connection's other end.
        headers: the request's headers.
    """
    if peer is None or not (peer == "::1" or peer.startswith(("127.", "::ffff:127."))):
        return False
    origin = headers.get("origin")
    return _is_local_url("//" + headers.get("host", "")) and (origin is None or _is_local_url(origin))


def bearer(headers: Mapping[str, str]) -> str | None:
    """The token of an ``Authorization: Bearer`` header (RFC 6750), None when there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


class Access:
    """The publish and the view token, and the session tokens of paired phones.

    The two tokens are given in the settings, or made once and kept for the owner only; they open every room. A
    session token opens its own room, and only to who asks through :meth:`within` or :meth:`within_any_room`.

    Args:
        settings: name the tokens and the state folder.
        is_barred: whether a paired device was disconnected by hand.

    Raises:
        SettingsError: the state folder cannot be written.
    """

    def __init__(self, settings: Settings, is_barred: Callable[[str], bool] = lambda _: False) -> None:
        folder = settings.state_dir
        self.publish_token = (
            settings.publish_token.get_secret_value()
            if settings.publish_token
            else kept_token(folder / "publish-token")
        )
        self.view_token = (
            settings.view_token.get_secret_value() if settings.view_token else kept_token(folder / "view-token")
        )
        self.sessions = SessionTokens(kept_token(folder / "session-key").encode(), is_barred=is_barred)
        self._admits: Callable[[Session], bool] = lambda _: False

    def within(self, room: str) -> Access:
        """The same, with the phones paired to one room let in."""
        return self._admitting(lambda session: session.room == room)

    def within_any_room(self) -> Access:
        """The same, with every paired phone let in; the caller must keep each to its room."""
        return self._admitting(lambda _: True)

    def is_owner(self, token: str | None) -> bool:
        """Whether this is the publish token itself."""
        return _same(token, self.publish_token)

    def device(self, token: str | None) -> str | None:
        """The paired device that shows a token; None for who shows another kind of token, or a wrong one."""
        session = self.sessions.read(token) if token is not None else None
        return None if session is None else session.device

    def may_publish(self, token: str | None) -> bool:
        """Whether a camera shows a right token; takes equally long for every wrong one."""
        return self.is_owner(token) or self._paired(token)

    def may_view(self, token: str | None) -> bool:
        """Whether a viewer shows a right token."""
        return _same(token, self.view_token) or self._paired(token)

    def _paired(self, token: str | None) -> bool:
        session = self.sessions.read(token) if token is not None else None
        return session is not None and self._admits(session)

    def _admitting(self, admits: Callable[[Session], bool]) -> Access:
        made = copy.copy(self)
        made._admits = admits
        return made


def _same(token: str | None, right: str) -> bool:
    return token is not None and secrets.compare_digest(token.encode(errors="surrogatepass"), right.encode())


def kept_token(file: Path) -> str:
    """The token in a file; made there, readable by the owner only, when there is none.

    Raises:
        SettingsError: the folder cannot be written.
    """
    try:
        if file.is_file() and (token := file.read_text().strip()):
            file.chmod(0o600)
            return token
        token = secrets.token_urlsafe(24)
        write_private(file, token.encode())
    except OSError as error:
        raise SettingsError(
            f"The state folder {file.parent} cannot be used: {error.strerror}.",
            "Give another one with --state-dir or STREAMSIGN_STATE_DIR.",
        ) from error
    return token


def write_private(file: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)
    draft.replace(file)

"""Links and QR codes for phones and viewers. Secrets are in the fragment, which is neither sent nor logged."""

from __future__ import annotations

import io
from dataclasses import dataclass
from urllib.parse import quote

import segno

from streamsign.state.issued import view_url


@dataclass(frozen=True, slots=True)
class Links:
    """Links to the pages of a server.

    Attributes:
        host_url: the host page, as this computer reaches it.
        base: start of every link for other devices, such as ``https://192.168.1.7:8443``; None if other devices cannot
            reach the server.
        name_base: the same by this server's name on its network, such as ``https://streamsign.local:8443``.
    """

    host_url: str
    base: str | None
    name_base: str | None = None

    def owner_url(self, key: str) -> str:
        """The link of the host page, with the key that opens it."""
        return f"{self.host_url}#key={key}"

    def phone_url(self, room: str, code: str) -> str | None:
        """The link a phone scans, with its one-time code."""
        return self.base and f"{self.base}/phone#room={quote(room)}&code={quote(code, safe='')}"

    def view_url(self, room: str, view_token: str, *, by_name: bool = False) -> str | None:
        """The link of a room's caption page, with the token that opens it; None if no link reaches it."""
        base = self.name_base if by_name else self.base
        return base and view_url(base, room, view_token)


def qr_svg(url: str) -> str:
    """The link as an SVG element."""
    drawn = io.BytesIO()
    segno.make(url, micro=False).save(drawn, kind="svg", border=2, scale=6, light="white", xmldecl=False)
    return drawn.getvalue().decode()


def qr_rows(url: str) -> list[list[bool]]:
    """The modules of the link's code row by row, with a border of two; True where dark."""
    code = segno.make(url, micro=False, error="l", boost_error=False)
    return [[bool(module) for module in row] for row in code.matrix_iter(border=2)]


def qr_text(url: str) -> str:
    """The link as block characters for a terminal without colors."""
    drawn = io.StringIO()
    segno.make(url, micro=False, error="l").terminal(drawn, compact=True)
    return drawn.getvalue()

"""Links and QR codes that bring a phone or a viewer here. Tokens ride in the fragment: never sent or logged."""

from __future__ import annotations

import io
from dataclasses import dataclass
from urllib.parse import quote

import segno


@dataclass(frozen=True, slots=True)
class Links:
    """Where to go: the host page, and with a LAN listener the phone's and a viewer's page."""

    host_url: str
    phone_url: str | None
    view_url: str | None


def links(
    port: int, *, room: str, publish_token: str, view_token: str, lan_host: str | None, lan_port: int | None
) -> Links:
    """The links of a running server; ``lan_host`` is None without a LAN listener."""
    host_url = f"http://localhost:{port}/"
    if lan_host is None:
        return Links(host_url, None, None)
    base = f"https://{lan_host}:{lan_port}"
    phone = f"{base}/phone#room={quote(room)}&token={quote(publish_token, safe='')}"
    return Links(host_url, phone, f"{base}/view/{quote(room)}#token={quote(view_token, safe='')}")


def qr_svg(url: str) -> str:
    """The link as an SVG element."""
    drawn = io.BytesIO()
    segno.make(url, micro=False).save(drawn, kind="svg", border=2, scale=6, light="white", xmldecl=False)
    return drawn.getvalue().decode()


def qr_text(url: str) -> str:
    """The link as block characters for a terminal."""
    drawn = io.StringIO()
    segno.make(url, micro=False, error="l").terminal(drawn, compact=True)
    return drawn.getvalue()

"""Links and QR codes."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from streamsign.server.pairing import links, qr_svg, qr_text


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_tokens_ride_in_the_fragment_only(token: str) -> None:
    """Whatever a token holds, it comes back out of the fragment, and no server is sent it."""
    made = links(8080, room="main", publish_token=token, view_token=token, lan_host="192.0.2.1", lan_port=8443)
    assert made.phone_url is not None
    assert made.view_url is not None
    phone, view = urlsplit(made.phone_url), urlsplit(made.view_url)
    assert (phone.scheme, phone.netloc, phone.path, phone.query) == ("https", "192.0.2.1:8443", "/phone", "")
    assert (view.path, view.query) == ("/view/main", "")
    assert parse_qs(phone.fragment)["token"] == parse_qs(view.fragment)["token"] == [token]


def test_without_a_lan_there_is_only_the_host_page() -> None:
    """Nothing is promised to a phone that cannot reach this computer."""
    made = links(8080, room="main", publish_token="p", view_token="v", lan_host=None, lan_port=None)
    assert made.host_url == "http://localhost:8080/"
    assert made.phone_url is made.view_url is None


def test_codes_are_drawn_for_pages_and_terminals() -> None:
    """The page gets an SVG element without an XML declaration, the terminal gets lines of equal kind."""
    url = "https://192.0.2.1:8443/phone#room=main&token=abc"
    svg = qr_svg(url)
    assert svg.startswith("<svg")
    assert svg.rstrip().endswith("</svg>")
    assert len(qr_text(url).splitlines()) > 10

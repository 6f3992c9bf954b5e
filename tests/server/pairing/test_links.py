"""Links and QR codes."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from streamsign.server.pairing.links import Links, qr_svg, qr_text


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_secrets_ride_in_the_fragment_only(secret: str) -> None:
    """Whatever a code or token holds, it comes back out of the fragment, and no server is sent it."""
    made = Links("http://localhost:8080/", "https://192.0.2.1:8443")
    phone, view = urlsplit(str(made.phone_url("main", secret))), urlsplit(str(made.view_url("main", secret)))
    assert (phone.scheme, phone.netloc, phone.path, phone.query) == ("https", "192.0.2.1:8443", "/phone", "")
    assert (view.path, view.query) == ("/view/main", "")
    assert parse_qs(phone.fragment)["code"] == parse_qs(view.fragment)["token"] == [secret]


def test_without_a_lan_there_is_only_the_host_page() -> None:
    """Nothing is promised to a phone that cannot reach this computer."""
    made = Links("http://localhost:8080/", None)
    assert made.phone_url("main", "code") is made.view_url("main", "token") is None


def test_codes_are_drawn_for_pages_and_terminals() -> None:
    """The page gets an SVG element without an XML declaration, the terminal gets lines of equal kind."""
    url = "https://192.0.2.1:8443/phone#room=main&code=abc"
    svg = qr_svg(url)
    assert svg.startswith("<svg")
    assert svg.rstrip().endswith("</svg>")
    assert len(qr_text(url).splitlines()) > 10

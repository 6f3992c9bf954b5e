"""server/grants/access.py: whose token counts, and when the owner's cookie does."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.requests import Request

from streamsign.server.grants.access import Access
from streamsign.settings import read_settings
from streamsign.state.grants import Right


def _request(access: Access, headers: dict[str, str], method: str = "GET", scheme: str = "http") -> Request:
    """A request from this computer that brings the owner's cookie."""
    sent = {"host": "localhost:8080", "cookie": f"{access.cookie}={access.owner_token()}", **headers}
    raw = [(name.encode(), value.encode()) for name, value in sent.items()]
    scope = {"type": "http", "method": method, "scheme": scheme, "client": ("127.0.0.1", 5), "headers": raw}
    return Request({**scope, "path": "/", "query_string": b""})


@pytest.mark.parametrize(
    ("method", "headers", "owner"),
    [
        ("GET", {}, True),
        ("GET", {"sec-fetch-site": "none"}, True),
        ("POST", {"origin": "http://localhost:8080", "sec-fetch-site": "same-origin"}, True),
        ("POST", {"origin": "http://localhost:8080"}, True),
        ("POST", {"origin": "https://captions.example.org", "host": "127.0.0.1:8080"}, True),  # nginx's default Host
        ("POST", {}, False),
        ("GET", {"sec-fetch-site": "cross-site"}, False),
        ("GET", {"sec-fetch-site": "same-site"}, False),  # another port of this computer
        ("POST", {"origin": "http://localhost:3000"}, False),
        ("POST", {"origin": "https://localhost:8080"}, False),
        ("POST", {"origin": "http://localhost"}, False),
        ("POST", {"origin": "null"}, False),
        ("POST", {"origin": "https://evil.example"}, False),
        ("POST", {"origin": "http://[::1"}, False),
        ("GET", {"cookie": "streamsign=wrong"}, False),
        ("GET", {"authorization": "Bearer wrong"}, False),  # a token that is shown is the one that counts
    ],
)
def test_a_cookie_counts_from_our_own_pages(tmp_path: Path, method: str, headers: dict[str, str], owner: bool) -> None:
    """Scheme, host and port of the page have to be ours, or the public URL; else the cookie is not looked at."""
    access = Access(read_settings(state_dir=tmp_path, public_url="https://captions.example.org"))
    assert access.is_owner(_request(access, headers, method)) is owner


def test_each_fixed_token_allows_one_thing(tmp_path: Path) -> None:
    """The publish token does not view, the view token does not edit, and neither is the owner's."""
    settings = read_settings(state_dir=tmp_path)
    access = Access(settings)
    assert access.publish_token == Access(settings).publish_token != access.view_token
    allowed = {
        (name, right)
        for name, token in {"publish": access.publish_token, "view": access.view_token, "wrong": "wörng"}.items()
        for right in Right
        if access.allows(token, right, "main")
    }
    assert allowed == {("publish", Right.PUBLISH), ("view", Right.VIEW)}
    assert all(access.allows(access.owner_token(), right, "main") for right in Right)


def test_a_password_in_an_address_is_a_token(tmp_path: Path) -> None:
    """Players take it from https://viewer:TOKEN@…; other schemes than Basic carry none."""
    access = Access(read_settings(state_dir=tmp_path))
    for given, shown in {"Basic dmlld2VyOnRva2Vu": "token", "Basic %%%": None, "Bearer  t ": "t"}.items():
        assert access.caller(_request(access, {"authorization": given, "sec-fetch-site": "cross-site"})) == shown

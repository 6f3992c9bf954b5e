"""Requests that no browser sends, byte by byte, with the exact answer to each."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.conftest import Running

_JSON = b"Content-Type: application/json\r\n"
_SDP = b"Content-Type: application/sdp\r\n"


def _get(path: bytes, headers: bytes = b"", method: bytes = b"GET") -> bytes:
    return method + b" " + path + b" HTTP/1.1\r\nHost: a\r\n{owner}" + headers + b"\r\n"


def _post(path: bytes, body: bytes, headers: bytes = _JSON, host: bytes = b"Host: a\r\n") -> bytes:
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    return b"POST " + path + b" HTTP/1.1\r\n" + host + b"{owner}" + headers + length + body


def _edit(text: bytes) -> bytes:
    return _post(b"/rooms/raw/edits", b'{"action":"write","text":"' + text + b'","before":""}')


ROWS: dict[str, tuple[bytes, int]] = {
    "a missing Host header": (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
    "two Host headers": (b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "a malformed Host header at sign-in": (
        _post(b"/api/login", b'{"key":"guess"}', host=b"Host: [::1\r\n").replace(b"{owner}", b""),
        401,
    ),
    "a malformed Origin header": (
        b"GET /api/host HTTP/1.1\r\nHost: a\r\nOrigin: http://[::1\r\nCookie: a=b\r\n\r\n",
        403,
    ),
    "a space before the colon of a header": (b"GET /healthz HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    "a request of HTTP/0.9": (b"GET /healthz\r\n\r\n", 400),
    "the method CONNECT": (b"CONNECT evil.example:443 HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "an unknown method": (_get(b"/healthz", method=b"FROB"), 405),
    "two Content-Length headers": (
        b"POST /pair HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n{}{}",
        400,
    ),
    "a Content-Length with a sign": (b"POST /pair HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\n{}{}", 400),
    "an unknown Transfer-Encoding": (b"POST /pair HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 400),
    "Content-Length and Transfer-Encoding together": (
        b"POST /pair HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / ",
        400,
    ),
    "JSON 100,000 levels deep": (_post(b"/rooms/raw/edits", b"[" * 100_000), 400),
    "a number of 100,000 digits": (_post(b"/rooms/raw/edits", b'{"action":' + b"9" * 100_000 + b"}"), 400),
    "a compressed body": (_post(b"/rooms/raw/edits", b"\x1f\x8b\x08", _JSON + b"Content-Encoding: gzip\r\n"), 400),
    "JSON that is not UTF-8": (_post(b"/rooms/raw/edits", b"\xff\xfe"), 422),
    "half a surrogate pair in a string": (_edit(b"\\ud800"), 422),
    "half a surrogate pair as a member name": (_post(b"/rooms/raw/edits", b'{"\\ud800":1}'), 422),
    "NaN as a link's days": (_post(b"/api/links", b'{"kind":"view","days":NaN}'), 422),
    "infinity as a link's days": (_post(b"/api/links", b'{"kind":"view","days":1e999}'), 422),
    "a link of the kind host": (_post(b"/api/links", b'{"kind":"host"}'), 422),
    "a path with escaped slashes that leaves the static files": (_get(b"/static/..%2f..%2f..%2fetc/passwd"), 404),
    "a path with dots that leaves the static files": (_get(b"/static/lang/../../app.py"), 404),
    "a path with backslashes that leaves the static files": (_get(b"/static/..\\..\\app.py"), 404),
    "a null byte in a path": (_get(b"/static/%00"), 404),
    "a path of 5,000 characters": (_get(b"/static/" + 5000 * b"a"), 404),
    "a room name with a null byte": (_get(b"/rooms/%00/transcript.txt"), 404),
    "a room name of 10,000 characters": (_get(b"/rooms/" + 10_000 * b"a" + b"/transcript.txt"), 404),
    "a room name with a mark that changes the direction of text": (_get(b"/rooms/%E2%80%AE/transcript.txt"), 404),
    "NaN as a time": (_get(b"/rooms/raw/transcript.vtt?zero_s=nan"), 422),
    "a time of 1e308 seconds": (_get(b"/rooms/raw/transcript.vtt?zero_s=1e308"), 422),
    "a language with a null byte": (_get(b"/rooms/raw/words?lang=%00"), 404),
    "the token in the query": (_get(b"/api/host?token={key}").replace(b"{owner}", b""), 403),
    "the token as a user name": (_get(b"/api/host", b"Authorization: Basic {key}\r\n").replace(b"{owner}", b""), 403),
    "a token without its signature": (
        _get(b"/api/host", b"Authorization: Bearer g1.o.*.x.99999999999.\r\n").replace(b"{owner}", b""),
        403,
    ),
    "a token of 20,000 characters": (
        _get(b"/api/host", b"Authorization: Bearer " + 20_000 * b"a" + b"\r\n").replace(b"{owner}", b""),
        403,
    ),
    "an offer without a media type": (_post(b"/whip", b"v=0", b""), 415),
    "an offer in UTF-16": (_post(b"/whip", b"\xff\xfe\x00\xd8", _SDP), 400),
    "an offer to a room name with a null byte": (_post(b"/whip?room=%00", b"v=0", _SDP), 404),
    "a session that does not exist": (_get(b"/whip/%00", method=b"DELETE"), 404),
}
"""What is sent, and the status of the answer. `{owner}` stands for the owner's token, as the strongest one there is."""


@pytest.mark.parametrize("name", ROWS)
async def test_each_request_has_its_answer(running: Running, name: str) -> None:
    """A request that no browser sends gets its status and no other, and the next request is served."""
    sent, status = ROWS[name]
    key = running.server.access.owner_token()
    filled = sent.replace(b"{owner}", f"Authorization: Bearer {key}\r\n".encode()).replace(b"{key}", key.encode())
    reader, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
    async with asyncio.timeout(30):
        writer.write(filled)
        line = await reader.readline()
    writer.close()
    assert line.split()[1] == str(status).encode(), line
    assert (await running.server.rooms.get("raw")).text == ""
    assert (await running.http.get("/healthz")).status_code == 200

"""Checks the way to a running server as a phone uses it: HTTP for its page, then UDP for its video."""

from __future__ import annotations

import ssl
from urllib.parse import urljoin

import httpx
from aiortc.mediastreams import VideoStreamTrack

from streamsign.client.tls import untrusted
from streamsign.client.whip import WhipSession
from streamsign.doctor.check_result import CheckResult, CheckStatus
from streamsign.errors import AccessDenied, ConnectionFailed

ICE_TIMEOUT_S = 8.0
HTTP_TIMEOUT_S = 5.0
ROOM = "doctor"
"""A room only for the check's camera, so that no captions are disturbed."""

NO_UDP = (
    "HTTP works but no UDP comes through: Wi-Fi client isolation (common in guest networks) or a firewall. "
    "Connect both devices to the same Wi-Fi, and allow UDP in the server's firewall; "
    "or run a relay (deploy/README.md)."
)


async def reach(
    url: str, token: str, *, verify: ssl.SSLContext | bool = True, ice_timeout_s: float = ICE_TIMEOUT_S
) -> list[CheckResult]:
    """Whether a server answers by HTTP, and whether pictures would reach it.

    Args:
        url: the server, e.g. ``https://192.168.1.5:8443``.
        token: its publish token.
        verify: which certificates to accept; False accepts any.
        ice_timeout_s: how long a path may take to come up.
    """
    async with httpx.AsyncClient(timeout=HTTP_TIMEOUT_S, verify=verify, trust_env=False) as http:
        try:
            alive = (await http.get(urljoin(url, "/healthz"))).status_code == 200
        except httpx.HTTPError as error:
            return [_unreachable(url, error)]
        except httpx.InvalidURL:
            alive = False
        if not alive:
            words = f"{url} answers, but not as a streamsign server."
            return [CheckResult("HTTP", CheckStatus.FAILED, words, "Check address and port.")]
        return [CheckResult("HTTP", CheckStatus.OK, f"{url} answers."), await _ice(http, url, token, ice_timeout_s)]


async def _ice(http: httpx.AsyncClient, url: str, token: str, timeout_s: float) -> CheckResult:
    track = VideoStreamTrack()
    session = WhipSession(http, url, token, room=ROOM, channels=False)
    try:
        await session.offer(track)
        if await session.wait_connected(timeout_s):
            return CheckResult("UDP", CheckStatus.OK, "Video reaches the server over UDP.")
        return CheckResult("UDP", CheckStatus.FAILED, f"No UDP path to {url} came up in {timeout_s:.0f} s.", NO_UDP)
    except AccessDenied as error:
        return CheckResult("UDP", CheckStatus.FAILED, f"UDP was not tried: {error.problem}", error.next_step)
    except ConnectionFailed as error:
        if isinstance(error.__cause__, httpx.HTTPError):
            return _unreachable(url, error.__cause__)
        return CheckResult("UDP", CheckStatus.FAILED, error.problem, "Stop a camera, or look at the server's log.")
    finally:
        track.stop()
        await session.leave()


def _unreachable(url: str, error: httpx.HTTPError) -> CheckResult:
    if (mistrust := untrusted(url, error)) is not None:
        return CheckResult("HTTP", CheckStatus.FAILED, mistrust.problem, mistrust.next_step)
    return CheckResult(
        "HTTP",
        CheckStatus.FAILED,
        f"{url} cannot be reached: {error or type(error).__name__}.",
        "Start the server. Then check the address, the network, and the firewall for TCP on its port.",
    )

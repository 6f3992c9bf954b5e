"""Checks of the network: ports, address, certificate, UDP and WebRTC."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from pathlib import Path

import httpx
from aiortc import RTCConfiguration, RTCPeerConnection

from streamsign.doctor.check_result import CheckResult, CheckStatus
from streamsign.errors import AddressInUse, StreamsignError
from streamsign.server.run import bind
from streamsign.server.tls.authority import authority, is_private
from streamsign.server.tls.certificate import addresses, lan_address

ECHO_S = 2.0
CONNECT_S = 10.0


def port(number: int, flag: str, host: str = "127.0.0.1") -> CheckResult:
    """Whether a port is free, or streamsign has it."""
    about = f"port {number}"
    try:
        bind(host, number, flag).close()
    except AddressInUse as error:
        scheme = "http" if flag == "--port" else "https"
        with contextlib.suppress(httpx.HTTPError):
            answer = httpx.get(f"{scheme}://127.0.0.1:{number}/readyz", timeout=2, verify=False)  # noqa: S501 - it is us
            if answer.json().get("status") in ("ready", "starting"):
                return CheckResult(about, CheckStatus.OK, "streamsign is running there.")
        return CheckResult(about, CheckStatus.FAILED, error.problem, error.next_step)
    except StreamsignError as error:
        return CheckResult(about, CheckStatus.FAILED, error.problem, error.next_step)
    return CheckResult(about, CheckStatus.OK, "Free.")


def address(own: str | None = None) -> CheckResult:
    """The address phones are sent to; looked up when not given."""
    found = own or lan_address()
    if ipaddress.ip_address(found).is_loopback:
        return CheckResult(
            "address",
            CheckStatus.FAILED,
            "This computer is not connected to a network.",
            "Connect it to the Wi-Fi of the phone.",
        )
    others = [each for each in addresses() if each not in (found, "127.0.0.1")]
    beside = f" (also {', '.join(others)})" if others else ""
    return CheckResult("address", CheckStatus.OK, f"Phones are sent to {found}{beside}.")


def trust(state_dir: Path, own: str | None = None) -> CheckResult:
    """Whether phones can be made to trust the certificate for the address they are sent to."""
    found = own or lan_address()
    try:
        issuer = authority(state_dir, [found] if is_private(found) else [])
    except StreamsignError as error:
        return CheckResult("certificate", CheckStatus.FAILED, error.problem, error.next_step)
    if is_private(found):
        return CheckResult(
            "certificate", CheckStatus.OK, f"Authority SHA-256 {issuer.fingerprint()[:23]}…; see /trust."
        )
    return CheckResult(
        "certificate",
        CheckStatus.WARNING,
        f"{found} is not a private address: phones show a certificate warning that can be accepted.",
        "Use a private address with --advertise-address, or --public-url with a certificate of its own.",
    )


async def udp(own: str | None = None) -> CheckResult:
    """Whether a datagram sent to this computer's own address arrives: a firewall that drops it drops the video too."""
    found = own or lan_address()
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.setblocking(False)
        try:
            ear.bind((found, 0))
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
                mouth.sendto(b"streamsign", ear.getsockname())
            await asyncio.wait_for(loop.sock_recv(ear, 64), ECHO_S)
        except (TimeoutError, OSError):
            return CheckResult(
                "udp",
                CheckStatus.FAILED,
                f"UDP to {found} does not arrive, so video does not get through, even if pages load.",
                "Let the firewall pass UDP to Python (any port), or run a relay (deploy/README.md).",
            )
    return CheckResult(
        "udp",
        CheckStatus.OK,
        f"UDP to {found} arrives. If a phone loads the page but no video comes, the Wi-Fi isolates its devices: use "
        "another network than the guest one, or switch off client isolation in the router.",
    )


async def media() -> CheckResult:
    """Whether two ends on this computer find each other by ICE and set up DTLS, as a phone and the server do."""
    one, other = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    heard = asyncio.Event()
    try:
        channel = one.createDataChannel("doctor")
        channel.on("open", lambda: channel.send("ping"))
        other.on("datachannel", lambda opened: opened.on("message", lambda _: heard.set()))
        await one.setLocalDescription(await one.createOffer())
        await other.setRemoteDescription(one.localDescription)
        await other.setLocalDescription(await other.createAnswer())
        await one.setRemoteDescription(other.localDescription)
        await asyncio.wait_for(heard.wait(), CONNECT_S)
    except TimeoutError:
        return CheckResult(
            "webrtc", CheckStatus.FAILED, "This computer cannot open a WebRTC connection to itself.", "Switch off VPNs."
        )
    finally:
        await asyncio.gather(one.close(), other.close())
    return CheckResult("webrtc", CheckStatus.OK, "This computer can open a WebRTC connection to itself.")

"""server/network/addresses.py: a computer that is carried from one network to another while it serves."""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from streamsign.state.grants import EVERY_ROOM, KEY_FILE, Right, Signer
from tests.conftest import ROOT
from tests.e2e.radios import Radios, radios

PORT = 8443


@asynccontextmanager
async def _serving_on_the_move(carried: Radios, state: Path) -> AsyncIterator[None]:
    """The server on a device that is not this computer."""
    program = carried.program(state.parent / "python", sys.executable)
    flags = ["--port", "0", "--lan-port", str(PORT), "--state-dir", str(state)]
    server = await asyncio.create_subprocess_exec(program, "-m", "streamsign", "serve", *flags, cwd=ROOT)
    try:
        yield
    finally:
        server.terminate()
        await server.wait()


async def _pairing(address: str, state: Path, version: str | None = None) -> dict[str, Any]:
    """The pairing code shown after another one, asked for at an address that the certificate must vouch for."""
    async with asyncio.timeout(60):
        while True:
            try:
                trusted = ssl.create_default_context(cafile=state / "authority.pem")
                key = (state / KEY_FILE).read_bytes()
                owner = {"Authorization": f"Bearer {Signer(key).make((Right.OWNER,), EVERY_ROOM, 60)}"}
                async with httpx.AsyncClient(verify=trusted, headers=owner, timeout=30, trust_env=False) as http:
                    asked = {"after": version} if version else {}
                    answer = await http.get(f"https://{address}:{PORT}/api/pairing", params=asked)
                    shown: dict[str, Any] = answer.raise_for_status().json()
                    if shown["version"] != version:
                        return shown
            except (OSError, httpx.TransportError):
                await asyncio.sleep(0.1)


async def test_links_codes_and_certificate_move_along(tmp_path: Path) -> None:
    """In another network the code is a fresh one with the new address, for which the certificate is good at once."""
    state = tmp_path / "state"
    with radios() as laptop:
        async with _serving_on_the_move(laptop, state):
            first = await _pairing(laptop.wifi.device, state)
            assert first["url"].startswith(f"https://{laptop.wifi.device}:{PORT}/phone#")
            laptop.mobile.switch("on")
            laptop.wifi.switch("off")
            second = await _pairing(laptop.mobile.device, state, first["version"])
            assert second["url"].startswith(f"https://{laptop.mobile.device}:{PORT}/phone#")

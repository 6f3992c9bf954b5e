"""Debian's Firefox ESR, driven by WebDriver BiDi: playwright drives only builds of its own."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

START_S = 60


class Firefox:
    """One window."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0
        self._context = ""

    async def open(self, url: str) -> None:
        """Go to a page."""
        if not self._context:
            await self._ask("session.new", capabilities={})
            tree = await self._ask("browsingContext.getTree")
            self._context = tree["contexts"][0]["context"]
        await self._ask("browsingContext.navigate", context=self._context, url=url, wait="complete")

    async def run(self, function: str, *arguments: str) -> str:
        """What a JavaScript function of strings gives, as a string."""
        found = await self._ask(
            "script.callFunction",
            functionDeclaration=function,
            awaitPromise=True,
            target={"context": self._context},
            arguments=[{"type": "string", "value": value} for value in arguments],
            userActivation=True,
        )
        if found["type"] != "success":
            raise AssertionError(found["exceptionDetails"]["text"])
        return str(found["result"].get("value"))

    async def _ask(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        await self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(await self._socket.recv())
            if answer.get("id") == self._number:
                if answer["type"] == "error":
                    raise AssertionError(f"{method}: {answer['message']}")
                return answer["result"]


@asynccontextmanager
async def firefox(folder: Path) -> AsyncIterator[Firefox]:
    """A headless Firefox with a new profile."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    assert program is not None
    profile = folder / "firefox"
    profile.mkdir()
    process = await asyncio.create_subprocess_exec(
        program,
        "--headless",
        "--profile",
        str(profile),
        "--remote-debugging-port",
        "0",
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "MOZ_CRASHREPORTER_DISABLE": "1"},
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(START_S):
            while b"listening on ws://" not in (line := await process.stderr.readline()):
                assert line, "Firefox ended before it listened"
        drain = asyncio.ensure_future(process.stderr.read())
        address = line.decode().split("listening on ")[1].strip()
        async with connect(f"{address}/session", max_size=None, proxy=None) as socket:
            yield Firefox(socket)
        drain.cancel()
    finally:
        process.terminate()
        await process.wait()

"""Sends caption lines to a meeting's caption address: the POST kind that meeting tools hand out."""

from __future__ import annotations

import asyncio
from collections import deque
from urllib.parse import urlsplit

import httpx

from streamsign.errors import ConnectionFailed

MAX_WAITING = 500
"""Lines kept while the meeting does not answer; beyond, the oldest is dropped."""

FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 20.0
TIMEOUT_S = 10.0


class MeetingCaptions:
    """Posts lines in order, each until it was taken.

    The text is the body; ``seq`` and ``lang`` are added to the address's query, as Zoom's caption API has it. Numbers
    go on growing over restarts, because they begin with the Unix time.

    Args:
        url: as the meeting shows it.
        lang: language of the captions, BCP 47.
        first_seq: number of the first line.

    Raises:
        ConnectionFailed: it is no http address.
    """

    def __init__(self, url: str, lang: str, first_seq: int) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ConnectionFailed(
                f"'{url.partition('?')[0]}' is no caption address.", "Copy the whole https:// address from the meeting."
            )
        self._url = httpx.URL(url)
        self._lang = lang
        self._seq = first_seq
        self._waiting: deque[str] = deque(maxlen=MAX_WAITING)
        self._added = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    def add(self, lines: list[str]) -> None:
        """Send these lines too."""
        if lines:
            self._waiting.extend(lines)
            self._empty.clear()
            self._added.set()

    async def drain(self, longest_s: float) -> None:
        """Wait until all is sent, but not for ever."""
        try:
            await asyncio.wait_for(self._empty.wait(), longest_s)
        except TimeoutError:
            return

    async def run(self) -> None:
        """Send until cancelled.

        Raises:
            ConnectionFailed: the meeting refuses this address.
        """
        async with httpx.AsyncClient(timeout=TIMEOUT_S) as http:
            while True:
                await self._added.wait()
                self._added.clear()
                while self._waiting:
                    line = self._waiting[0]
                    await self._post(http, line)
                    if self._waiting and self._waiting[0] is line:  # not dropped meanwhile
                        self._waiting.popleft()
                self._empty.set()

    async def _post(self, http: httpx.AsyncClient, line: str) -> None:
        self._seq += 1
        url = self._url.copy_merge_params({"seq": str(self._seq), "lang": self._lang})
        delay_s = FIRST_DELAY_S
        while True:
            try:
                answer = await http.post(url, content=line.encode(), headers={"Content-Type": "text/plain"})
                if answer.is_success:
                    return
                if answer.status_code < 500 and answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                    raise ConnectionFailed(
                        f"The meeting refused the caption ({answer.status_code}).",
                        "Copy the caption address again: it ends with the meeting.",
                    )
            except httpx.TransportError:
                pass  # away for the moment: tried again, nothing is lost
            await asyncio.sleep(delay_s)
            delay_s = min(LONGEST_DELAY_S, 2 * delay_s)

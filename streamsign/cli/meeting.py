"""Sends caption lines to a meeting's caption address: the POST kind that meeting tools hand out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from streamsign.cli.outbox import Outbox
from streamsign.errors import ConnectionFailed

MAX_WAITING = 500
"""Lines kept while the meeting does not answer; beyond, a new one is joined with the newest, so that none is lost."""

FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 20.0
TIMEOUT_S = 10.0


class MeetingCaptions:
    """Posts lines in order, each until it was taken.

    The text is the body; ``seq`` and ``lang`` are added to the address's query. ``seq`` grows by one a line and stays
    the same when a line is sent again; the last one accepted is at ``…/seq``. Every refusal is retried, as Zoom
    requires: 400 also means that the meeting has not started yet
    (https://support.zoom.us/hc/en-us/articles/115002212983, "Closed captioning with REST API").

    Args:
        url: as the meeting shows it. It is a secret, and never printed.
        lang: language of the captions, BCP 47.
        last_seq: number before that of the first line if the meeting does not report the last one it accepted.
        notes: called with a sentence when the meeting stops and starts to accept lines.

    Raises:
        ConnectionFailed: it is not an http address.
    """

    def __init__(self, url: str, lang: str, last_seq: int, notes: Callable[[str], None] = lambda _: None) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ConnectionFailed(
                f"'{url.partition('?')[0]}' is not a caption address.",
                "Copy the whole https:// address from the meeting.",
            )
        self._url = httpx.URL(url)
        self._lang = lang
        self._seq = last_seq
        self._notes = notes
        self._outbox = Outbox()

    def add(self, lines: list[str]) -> None:
        """Send these lines too. When too many wait, the newest line grows, so that no word is lost."""
        waiting = self._outbox.waiting
        for line in lines:
            if len(waiting) < MAX_WAITING:
                waiting.append(line)
            else:
                waiting[-1] += f"\n{line}"
        if lines:
            self._outbox.note_added()

    async def drain(self, longest_s: float) -> None:
        """Wait until all is sent, for ``longest_s`` at most."""
        await self._outbox.drain(longest_s)

    async def run(self) -> None:
        """Send until canceled."""
        async with httpx.AsyncClient(timeout=TIMEOUT_S) as http:
            asked = False
            while True:
                await self._outbox.added.wait()
                self._outbox.added.clear()
                if not asked:
                    self._seq, asked = await self._last_taken(http), True
                while self._outbox.waiting:
                    self._seq += 1
                    # Out of the queue first: what joins the newest line must not join one on its way.
                    await self._post(http, self._outbox.waiting.popleft())
                self._outbox.empty.set()

    async def _last_taken(self, http: httpx.AsyncClient) -> int:
        try:
            answer = await http.get(self._url.copy_with(path=f"{self._url.path.rstrip('/')}/seq"))
            return int(answer.text) if answer.is_success else self._seq
        except (httpx.TransportError, ValueError):
            return self._seq

    async def _post(self, http: httpx.AsyncClient, line: str) -> None:
        url = self._url.copy_merge_params({"seq": str(self._seq), "lang": self._lang})
        delay_s, refused = FIRST_DELAY_S, False
        while True:
            try:
                answer = await http.post(url, content=line.encode(), headers={"Content-Type": "text/plain"})
                if answer.is_success:
                    break
                why = f"it answers {answer.status_code}"
            except httpx.TransportError as error:
                why = type(error).__name__
            if not refused:
                self._notes(f"The meeting takes no captions ({why}); they wait. If it has ended, copy its new address.")
            refused = True
            await asyncio.sleep(delay_s)
            delay_s = min(LONGEST_DELAY_S, 2 * delay_s)
        if refused:
            self._notes("The meeting takes captions again.")

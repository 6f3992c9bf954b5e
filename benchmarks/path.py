"""A network path with a round trip and losses, transparent to two WebRTC ends.

A UDP relay on loopback: each end gets the relay's address instead of the other's. Losses depend only on a seed and on
the number of packets of a kind, so compared receivers have the same losses. STUN and DTLS are delayed but not lost, so
that the connection is always established.
"""

from __future__ import annotations

import asyncio
import random
import re
import threading
from dataclasses import dataclass
from types import TracebackType

HOST = "127.0.0.1"

_NACK = (0x81, 205)
"""First bytes of a NACK (RFC 4585 section 6.2.1): version 2, feedback message type 1; transport feedback."""

_CANDIDATE = re.compile(r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host.*$", re.IGNORECASE | re.MULTILINE)

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Conditions:
    """Properties of a path.

    Attributes:
        loss: share of RTP and RTCP packets lost, each way.
        rtt_s: round trip it adds, seconds.
        seed: of the losses.
    """

    loss: float = 0.0
    rtt_s: float = 0.0
    seed: int = 1


class LossTrace:
    """Decides which packets are lost: the n-th of each kind, independent of other packets.

    Args:
        loss: share lost.
        seed: of the dice.
        media_ssrc: SSRC of media packets; retransmissions have another one.
    """

    def __init__(self, loss: float, seed: int, media_ssrc: int) -> None:
        self._loss = loss
        self._media_ssrc = media_ssrc
        self._dice = {kind: random.Random(f"{seed}/{kind}") for kind in ("media", "retransmission", "rtcp", "feedback")}
        self._unlucky: list[str] = []

    def lose_one_and_its_nack(self) -> None:
        """From now on, lose the next media packet that ends no frame, and the first NACK after it."""
        self._unlucky = ["media", "nack"]

    def lost(self, datagram: bytes, *, to_receiver: bool) -> bool:
        """Whether a datagram is lost; call it once for each, in order."""
        kind = self._kind(datagram, to_receiver)
        if kind is None:
            return False
        if self._unlucky and self._is(self._unlucky[0], kind, datagram):
            del self._unlucky[0]
            return True
        return self._dice[kind].random() < self._loss

    def _kind(self, datagram: bytes, to_receiver: bool) -> str | None:
        if len(datagram) < 12 or not 128 <= datagram[0] < 192:  # RFC 7983: other protocols on the port
            return None
        if 192 <= datagram[1] < 224:  # RFC 5761 section 4
            return "rtcp" if to_receiver else "feedback"
        return "media" if int.from_bytes(datagram[8:12], "big") == self._media_ssrc else "retransmission"

    def _is(self, wanted: str, kind: str, datagram: bytes) -> bool:
        if wanted == "nack":
            return kind == "feedback" and (datagram[0], datagram[1]) == _NACK
        return kind == wanted and not datagram[1] & 0x80


class NetworkPath:
    """The relay, in a thread of its own. A context manager; pass the offer through it, then the answer.

    Args:
        conditions: what it does to packets.
    """

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="path", daemon=True)
        self._trace = LossTrace(0.0, 0, 0)

    def __enter__(self) -> NetworkPath:
        self._thread.start()
        self._facing_sender, self._facing_receiver = asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._close)
        self._thread.join()
        self._loop.close()

    def offer(self, sdp: str) -> str:
        """The sender's offer as the receiver is to see it.

        Raises:
            ValueError: it has no host candidate, or no SSRC.
        """
        ssrc = re.search(r"^a=ssrc:(\d+)", sdp, re.MULTILINE)
        if ssrc is None:
            raise ValueError("the offer names no SSRC")
        self._trace = LossTrace(self._conditions.loss, self._conditions.seed, int(ssrc[1]))
        return self._facing_receiver.stand_in(sdp, self._facing_sender)

    def answer(self, sdp: str) -> str:
        """The receiver's answer as the sender is to see it.

        Raises:
            ValueError: it has no host candidate.
        """
        return self._facing_sender.stand_in(sdp, self._facing_receiver)

    def lose_one_and_its_nack(self) -> None:
        """From now on, lose the next media packet that ends no frame, and the first NACK after it."""
        self._loop.call_soon_threadsafe(self._trace.lose_one_and_its_nack)

    def lost(self, datagram: bytes, side: _Side) -> bool:
        """Whether a datagram that came in on a side is lost."""
        return self._trace.lost(datagram, to_receiver=side is self._facing_sender)

    async def _open(self) -> tuple[_Side, _Side]:
        sides = []
        for _ in range(2):
            _, side = await self._loop.create_datagram_endpoint(
                lambda: _Side(self, self._conditions.rtt_s / 2), local_addr=(HOST, 0)
            )
            sides.append(side)
        sides[0].other, sides[1].other = sides[1], sides[0]
        return sides[0], sides[1]

    def _close(self) -> None:
        for side in (self._facing_sender, self._facing_receiver):
            side.transport.close()
        self._loop.call_soon(self._loop.stop)


class _Side(asyncio.DatagramProtocol):
    """The socket one end talks to, in place of the other end."""

    transport: asyncio.DatagramTransport
    other: _Side

    def __init__(self, path: NetworkPath, delay_s: float) -> None:
        self._path = path
        self._delay_s = delay_s
        self._end: Address | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._end = addr
        if not self._path.lost(data, self):
            asyncio.get_running_loop().call_later(self._delay_s, self.other.send, data)

    def send(self, data: bytes) -> None:
        """Pass a datagram on to this side's end, once it is known where that is."""
        if self._end is not None and not self.transport.is_closing():
            self.transport.sendto(data, self._end)

    def stand_in(self, sdp: str, facing_its_author: _Side) -> str:
        """An SDP text with this side's address as the only candidate; its author's own is noted."""
        found = _CANDIDATE.search(sdp)
        if found is None:
            raise ValueError("the description has no host candidate")
        facing_its_author._end = (found[1], int(found[2]))
        port = self.transport.get_extra_info("sockname")[1]
        lines = [
            re.sub(rf"{re.escape(found[1])} {found[2]} typ host", f"{HOST} {port} typ host", line)
            for line in sdp.splitlines()
            if not line.startswith("a=candidate:") or line.strip() == found[0].strip()
        ]
        return "\r\n".join(lines) + "\r\n"

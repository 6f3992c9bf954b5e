"""The round trip to a peer, measured by ICE: with RTCP only a sender can measure it (RFC 3550 section 6.4.1)."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from aioice.stun import TransactionError

_FIRST_WAITS_S = (0.0, 0.1, 0.3)
_WAIT_S = 5.0
"""The interval of consent checks (RFC 7675 section 5.1)."""

_KEPT = 5


async def measure_round_trips(connection: Any, report: Callable[[float], None]) -> None:
    """Measure until canceled or until the connection has ended.

    Sends Binding requests, as consent checks do (RFC 7675), on the path of the media.

    Args:
        connection: a connected ``aioice.Connection``.
        report: called with the median of the last five round trips, in seconds, so that one that was delayed by a busy
            event loop does not count.
    """
    last: deque[float] = deque(maxlen=_KEPT)
    waits = iter(_FIRST_WAITS_S)
    while True:
        await asyncio.sleep(next(waits, _WAIT_S))
        pair = connection._nominated.get(1)
        if pair is None:
            return
        request = connection.build_request(pair, nominate=False)
        key = connection.remote_password.encode()
        began_s = time.monotonic()
        try:
            # Not retransmitted: the answer must belong to this request.
            await pair.protocol.request(request, pair.remote_addr, integrity_key=key, retransmissions=0)
        except (TransactionError, OSError):
            continue
        last.append(time.monotonic() - began_s)
        report(statistics.median(last))

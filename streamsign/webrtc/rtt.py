"""The round trip to a peer, measured by ICE: RTCP tells a pure receiver nothing of it (RFC 3550 section 6.4.1)."""

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
"""As often as consent checks are sent anyway (RFC 7675 section 5.1)."""

_KEPT = 5


async def measure_round_trips(connection: Any, tell: Callable[[float], None]) -> None:
    """Measure until cancelled, or until the connection has ended.

    Sends the Binding requests consent checks consist of (RFC 7675), on the path media takes.

    Args:
        connection: an ``aioice.Connection`` that is connected.
        tell: told the median of the last five round trips, in seconds: one that met a busy event loop does not count.
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
            # Never sent twice: the answer must be the one to this request.
            await pair.protocol.request(request, pair.remote_addr, integrity_key=key, retransmissions=0)
        except (TransactionError, OSError):
            continue
        last.append(time.monotonic() - began_s)
        tell(statistics.median(last))

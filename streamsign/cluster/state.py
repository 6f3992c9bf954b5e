"""The state that all gateways of a cluster share: keys, devices, links, titles, pairing codes and guesses.

Every gateway reads from memory. A change is stored by compare-and-set before it is reported, and all other gateways
hear of it. If the state is lost, or restored from an older copy, revocations may be missing: a new signing key is
made, so that no earlier grant is valid.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from nats.aio.client import Client
from pydantic import TypeAdapter

from streamsign.cluster.bucket import Bucket
from streamsign.cluster.bucket_table import BucketTable
from streamsign.server.devices.registry import Device
from streamsign.server.grants.guesses import EXPIRE_AFTER_S, Wrong
from streamsign.server.pairing.codes import ENTRY_LIFE_S, LIFE_S, Code
from streamsign.server.parts import Server
from streamsign.server.rooms.titles import Title
from streamsign.server.stored import Stored
from streamsign.state.issued import IssuedLink
from streamsign.state.keys import Keys
from streamsign.state.tables import MemoryTable, Table

BUCKET = "STREAMSIGN_STATE"
CODES = "STREAMSIGN_CODES"
GUESSES = "STREAMSIGN_GUESSES"

END_AFTER_S = 0.05
"""Time from a change to the check of what is open: many changes may come at once."""

_KEYS = "current"


@dataclass
class SharedState(Stored):
    """The tables of a cluster.

    Attributes:
        all_keys: the table that holds the keys.
    """

    all_keys: Table[Keys] = field(default_factory=MemoryTable)

    async def replace_keys(self) -> None:
        """Make another signing key, unless another gateway has made one meanwhile.

        Raises:
            OSError: it cannot be stored.
        """
        former = self.keys

        def newer(known: Keys | None) -> Keys:
            if known is not None and known.generation > former.generation:
                return known
            return Keys(generation=former.generation + 1) if known is None else known.replaced(former.generation)

        await self.all_keys.update(_KEYS, newer)
        self.take_keys()

    def take_keys(self) -> bool:
        """Use the keys that are stored; whether they are others than before."""
        found = self.all_keys.get(_KEYS)
        if found is None or found == self.keys:
            return False
        self.keys = found
        return True

    def attach(self, server: Server) -> None:
        """End the viewers and cameras of a gateway whose grants are revoked at another one.

        Args:
            server: the parts of the gateway, made with these tables.
        """
        ending: set[asyncio.Task[None]] = set()
        waits: asyncio.TimerHandle | None = None

        def end() -> None:
            nonlocal waits
            waits = None
            server.holds.check()
            task = asyncio.ensure_future(server.cameras.ended())
            ending.add(task)
            task.add_done_callback(ending.discard)

        def changed() -> None:
            nonlocal waits
            waits = waits or asyncio.get_running_loop().call_later(END_AFTER_S, end)

        def rekeyed() -> None:
            if self.take_keys():
                server.access.use(self.keys)
                server.holds.end_all()
                changed()

        server.access.use(self.keys)  # they may have been replaced since the parts were made
        self.devices.listen(changed)
        self.links.listen(changed)
        self.all_keys.listen(rekeyed)


@asynccontextmanager
async def shared_state(client: Client) -> AsyncIterator[SharedState]:
    """The state of the cluster, kept current in the block.

    Raises:
        StateUnavailable: NATS does not answer.
    """

    async def when_lost() -> None:
        await state.replace_keys()

    lasting = Bucket(client, BUCKET, when_lost=when_lost)
    codes = Bucket(client, CODES, ttl_s=LIFE_S + ENTRY_LIFE_S)
    guesses = Bucket(client, GUESSES, ttl_s=EXPIRE_AFTER_S, in_memory=True)
    state = SharedState(
        keys=Keys(generation=0),
        devices=BucketTable(lasting, "devices", TypeAdapter(Device)),
        links=BucketTable(lasting, "links", TypeAdapter(IssuedLink)),
        titles=BucketTable(lasting, "titles", TypeAdapter(Title)),
        codes=BucketTable(codes, "codes", TypeAdapter(Code)),
        guesses=BucketTable(guesses, "guesses", TypeAdapter(Wrong)),
        clock=time.time,
        all_keys=BucketTable(lasting, "keys", TypeAdapter(Keys)),
    )
    buckets = lasting, codes, guesses
    opened: list[Bucket] = []
    try:
        for bucket in buckets:
            await bucket.open()
            opened.append(bucket)
        if not state.take_keys():
            await state.replace_keys()  # a new cluster, or keys that cannot be read
        yield state
    finally:
        for bucket in opened:
            await bucket.close()

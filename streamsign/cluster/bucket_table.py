"""Tables whose entries are keys of a bucket, changed by compare-and-set."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import re
from collections.abc import Collection
from typing import Generic

from pydantic import TypeAdapter, ValidationError

from streamsign.cluster.bucket import Bucket, Changed
from streamsign.errors import StateUnavailable
from streamsign.state.tables import Change, T, Table

logger = logging.getLogger(__name__)

_ATTEMPTS = 16
"""Attempts to change an entry that others change at the same time. At each attempt one of the processes succeeds."""

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


class BucketTable(Table[T], Generic[T]):
    """A table whose entries are the keys ``<prefix>.<name>`` of a bucket; make it before the bucket is opened.

    Args:
        bucket: the bucket.
        prefix: what the keys begin with.
        adapter: reads and writes an entry. Fields that it does not know, of a later release, are ignored.
    """

    def __init__(self, bucket: Bucket, prefix: str, adapter: TypeAdapter[T]) -> None:
        super().__init__()
        self._bucket = bucket
        self._prefix = prefix
        self._adapter = adapter
        self._changing = asyncio.Lock()
        bucket.add(prefix, self)

    async def drop(self, names: Collection[str]) -> None:
        """Delete entries that have ended; see :meth:`Table.drop`."""
        for name in names:
            self._set(name, None)
        for name in names:
            await self._bucket.purge(self._key(name))

    async def _store(self, name: str, change: Change[T]) -> T | None:
        async with self._changing:  # changes of one process would only conflict with each other
            return await self._compare_and_set(name, self._key(name), change)

    async def _compare_and_set(self, name: str, key: str, change: Change[T]) -> T | None:
        for _ in range(_ATTEMPTS):
            content, revision = await self._bucket.read(key)
            before = None if content is None else self._read(name, content)
            after = change(before)
            if after == before and name not in self.damaged:
                self._bucket.apply(key, content, revision)
                return before
            try:
                written = None if after is None else self._adapter.dump_json(after)
                self._bucket.apply(key, written, await self._bucket.write(key, written, revision))
            except Changed:
                continue
            return before
        raise StateUnavailable(f"Other gateways changed the entry {name[:80]!r} at each attempt.", "Try again.")

    def clear(self) -> None:
        """See :meth:`Keeper.clear`."""
        for name in {*self._entries, *self.damaged}:
            self._use(name, None)

    def take(self, name: str, content: bytes | None) -> None:
        """See :meth:`Keeper.take`."""
        with contextlib.suppress(ValueError):  # another program's key
            self._use(base64.urlsafe_b64decode(name[1:]).decode() if name.startswith("=") else name, content)

    def _use(self, name: str, content: bytes | None) -> None:
        self._set_stored(name, None if content is None else self._read(name, content))
        if content is None:
            self.damaged -= {name}

    def notify(self) -> None:
        """See :meth:`Keeper.notify`."""
        self._notify()

    def _read(self, name: str, content: bytes) -> T | None:
        try:
            value = self._adapter.validate_json(content, extra="ignore")  # fields of a later release
        except ValidationError:
            if name not in self.damaged:
                logger.warning("an entry of the cluster's state cannot be read table=%s name=%s", self._prefix, name)
            self.damaged |= {name}
            return None
        self.damaged -= {name}
        return value

    def _key(self, name: str) -> str:
        plain = _PLAIN.fullmatch(name)
        return f"{self._prefix}.{name if plain else '=' + base64.urlsafe_b64encode(name.encode()).decode()}"

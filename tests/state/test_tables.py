"""state/tables.py: one contract for every kind of table."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from streamsign.state.folder import FolderTable
from streamsign.state.tables import MemoryTable, Table
from tests.cluster.buckets import numbers
from tests.nats_server import needs_nats, running_nats

Opened = Callable[[], AbstractAsyncContextManager[Table[int]]]

_numbers: TypeAdapter[dict[str, int]] = TypeAdapter(dict[str, int])


def _file(file: Path) -> FolderTable[int]:
    table = FolderTable(file, _numbers.validate_json, _numbers.dump_json, shared=True)
    if table.lost:
        table.start_over()
    return table


@pytest.fixture(params=["memory", "folder", pytest.param("nats", marks=needs_nats)])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """Opens the same table of numbers each time."""
    if request.param == "nats":
        with running_nats(tmp_path) as nats:
            yield lambda: _in_bucket(nats.url)
        return
    memory: Table[int] = MemoryTable()

    @asynccontextmanager
    async def one() -> AsyncIterator[Table[int]]:
        yield memory if request.param == "memory" else _file(tmp_path / "numbers.json")

    yield one


@asynccontextmanager
async def _in_bucket(url: str) -> AsyncIterator[Table[int]]:
    async with numbers(url) as (_, table):
        yield table


def _plus(number: int) -> Callable[[int | None], int | None]:
    return lambda value: (value or 0) + number


async def test_entries_are_added_changed_and_deleted(opened: Opened) -> None:
    """Each update gives what was there before; who opens the table later reads the same, the last change at the end."""
    async with opened() as table:
        assert (dict(table.entries()), table.lost, table.damaged) == ({}, False, frozenset())
        assert await table.update("a", _plus(1)) is None
        assert await table.update("b", _plus(2)) is None
        assert await table.update("a", _plus(10)) == 1
        assert list(table.entries().items()) == [("b", 2), ("a", 11)]
        assert await table.update("b", lambda _: None) == 2
        assert (table.get("a"), table.get("b")) == (11, None)
        async with opened() as other:
            assert dict(other.entries()) == {"a": 11}


async def test_of_changes_at_once_none_is_lost(opened: Opened) -> None:
    """Two processes that change one entry, and others beside it, add up to all that they did."""
    async with opened() as first, opened() as second:
        changes = [table.update("shared", _plus(1)) for table in (first, second) for _ in range(10)]
        changes += [
            table.update(f"{name}{number}", _plus(1))
            for name, table in (("x", first), ("y", second))
            for number in range(3)
        ]
        await asyncio.gather(*changes)
        async with opened() as other:
            assert other.entries()["shared"] == 20
            assert len(other.entries()) == 7


async def test_an_error_of_a_change_changes_nothing(opened: Opened) -> None:
    """What the change raises reaches the caller."""

    def refuse(_: int | None) -> int:
        raise LookupError("refused")

    async with opened() as table:
        await table.update("a", _plus(1))
        with pytest.raises(LookupError, match="refused"):
            await table.update("a", refuse)
        assert dict(table.entries()) == {"a": 1}


async def test_a_held_change_applies_at_once_and_is_stored_with_the_next(opened: Opened) -> None:
    """It is applied on what is stored by then, and a later one of the same purpose takes its place."""
    async with opened() as table, opened() as other:
        await table.update("a", _plus(1))
        table.hold("a", "tens", lambda value: (value or 0) % 10 + 50)
        table.hold("a", "tens", lambda value: (value or 0) % 10 + 70)
        assert (table.get("a"), table.is_held("a"), table.is_held("b")) == (71, True, False)
        await table.update("b", _plus(1))
        assert not table.is_held("a")
        other.look_again()
        async with opened() as later:
            assert (later.get("a"), later.get("b")) == (71, 1)


async def test_listeners_hear_of_changes(opened: Opened) -> None:
    """Also of those that are held."""
    heard: list[int | None] = []
    async with opened() as table:
        table.listen(lambda: heard.append(table.get("a")))
        await table.update("a", _plus(1))
        table.hold("a", "two", lambda _: 2)
        assert heard[0] == 1
        assert heard[-1] == 2


async def test_ended_entries_are_dropped(opened: Opened) -> None:
    """Those alone, and for who opens the table later too."""
    async with opened() as table:
        for name in "abc":
            await table.update(name, _plus(1))
        await table.drop(["a", "c", "missing"])
        assert dict(table.entries()) == {"b": 1}
        async with opened() as other:
            assert dict(other.entries()) == {"b": 1}

"""server/stored.py: what a server stores, in a state folder and in a cluster, by one contract."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.cluster.state import shared_state
from streamsign.server.devices.registry import Devices
from streamsign.server.pairing.codes import CodeRefused, PairingCodes
from streamsign.server.rooms.titles import Titles
from streamsign.server.stored import Stored, stored_in_folder
from streamsign.settings import read_settings
from streamsign.state.grants import Signer
from streamsign.state.issued import IssuedLinks, LinkKind
from tests.nats_server import needs_nats, running_nats


@pytest.mark.parametrize("name", ["devices.json", "links.json"])
@pytest.mark.parametrize("damage", [None, b"[]x"])
def test_a_lost_list_makes_another_key(tmp_path: Path, name: str, damage: bytes | None) -> None:
    """A missing or damaged list is replaced by an empty one, and former grants are not valid; else all stays."""
    settings = read_settings(state_dir=tmp_path)
    former = stored_in_folder(settings).keys
    assert stored_in_folder(settings).keys == former
    if damage is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(damage)
    stored = stored_in_folder(settings)
    assert stored.keys.session_key != former.session_key
    assert not stored.devices.lost
    assert not stored.links.lost
    assert stored_in_folder(settings).keys == stored.keys


@dataclass
class Place:
    """A state folder, or the state of a cluster.

    Attributes:
        open: opens it, as a start of the server does.
        break_down: keeps it from being written.
    """

    open: Callable[[], AbstractAsyncContextManager[Stored]]
    break_down: Callable[[], None]


@pytest.fixture(params=["folder", pytest.param("nats", marks=needs_nats)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Each of the two."""
    folder = tmp_path / "state"
    if request.param == "nats":
        with running_nats(tmp_path / "nats") as nats:
            yield Place(lambda: _shared(nats.url), nats.stop)
        return

    @asynccontextmanager
    async def opened() -> AsyncIterator[Stored]:
        yield stored_in_folder(read_settings(state_dir=folder))

    def break_down() -> None:
        folder.rename(tmp_path / "gone")
        folder.write_text("a file where the folder should be", encoding="utf-8")

    yield Place(opened, break_down)


@asynccontextmanager
async def _shared(url: str) -> AsyncIterator[Stored]:
    client = await connect(NatsAddress(SecretStr(url)), "streamsign gateway")
    try:
        async with shared_state(client) as state:
            yield state
    finally:
        await close(client)


async def test_what_is_stored_is_there_after_a_restart(place: Place) -> None:
    """Keys, names, disconnections, moves, links, revocations and titles; a code is used once while the server runs."""
    async with place.open() as stored:
        keys = stored.keys
        devices, links, titles = Devices(stored.devices), IssuedLinks(stored.links), Titles(stored.titles)
        phones = [await devices.add("main", "iPhone") for _ in range(3)]
        assert await devices.rename(phones[0].id, "Ana")
        assert await devices.bar(phones[1].id)
        await devices.move(phones[2].id, "main-2")
        made = [(await links.make(Signer(b"a key"), LinkKind.VIEW, "main"))[0] for _ in range(2)]
        assert await links.revoke(made[0].id)
        assert await links.revoke(links.page_link("main").id)
        await titles.give("left", "Ana's table")
        codes = PairingCodes(stored.codes, stored.clock)
        shown = await codes.current("main")
        assert await codes.redeem(shown.code) == "main"
        with pytest.raises(CodeRefused):
            await codes.redeem(shown.code)
    async with place.open() as stored:
        assert stored.keys == keys
        devices, links, titles = Devices(stored.devices), IssuedLinks(stored.links), Titles(stored.titles)
        found = [devices.get(phone.id) for phone in phones]
        assert [(each.name, each.barred, each.room) for each in found if each is not None] == [
            ("Ana", False, "main"),
            ("", True, "main"),
            ("", False, "main-2"),
        ]
        assert [links.is_revoked(link.id) for link in made] == [True, False]
        assert links.valid() == [made[1]]
        assert links.page_link("main").id == "page1-main"
        assert titles.of("left") == "Ana's table"


async def test_what_cannot_be_stored_is_an_error_and_revokes_nevertheless(place: Place) -> None:
    """No link is made; a disconnection and a revocation apply here, and can be tried again."""
    async with place.open() as stored:
        devices, links = Devices(stored.devices), IssuedLinks(stored.links)
        phone = await devices.add("main", "iPhone")
        made, _ = await links.make(Signer(b"a key"), LinkKind.VIEW, "main")
        place.break_down()
        await asyncio.sleep(0.3)
        for _ in range(2):
            with pytest.raises(OSError, match=r"exists|NATS"):
                await devices.bar(phone.id, forget=True)
            with pytest.raises(OSError, match=r"exists|NATS"):
                await links.revoke(made.id)
        with pytest.raises(OSError, match=r"exists|NATS"):
            await links.make(Signer(b"a key"), LinkKind.VIEW, "main")
        assert devices.is_barred(phone.id)
        assert [device.id for device in devices.listed()] == [phone.id]
        assert links.is_revoked(made.id)
        assert links.valid() == []

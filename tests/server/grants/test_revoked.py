"""server/grants/revoked.py: whether a grant was taken back."""

from __future__ import annotations

from streamsign.server.devices.registry import Devices
from streamsign.server.grants.revoked import revocations
from streamsign.state.grants import HOST_CAMERA, LINK_LIFE_S, PHONE, Grant, Right, Signer
from streamsign.state.issued import IssuedLinks, LinkKind
from streamsign.state.tables import MemoryTable


async def test_devices_links_and_what_links_opened_end() -> None:
    """A disconnected phone, a revoked link, and its host page's camera; other grants are as before."""
    devices, issued = Devices(MemoryTable()), IssuedLinks(MemoryTable())
    is_revoked = revocations(devices, issued)
    phone = await devices.add("main", "iPhone")
    link, _ = await issued.make(Signer(b"a key of a server"), LinkKind.VIEW, "main", LINK_LIFE_S)
    holders = [phone.id, link.id, HOST_CAMERA + link.id, "another"]
    grants = [Grant(frozenset(PHONE), "main", holder, 0) for holder in holders]
    assert not any(map(is_revoked, grants))
    await devices.bar(phone.id)
    await issued.revoke(link.id)
    assert [is_revoked(grant) for grant in grants] == [True, True, True, False]


async def test_while_the_links_are_lost_only_the_owner_gets_in() -> None:
    """The owner repairs it; a grant for anything else is refused."""
    issued = IssuedLinks(MemoryTable())
    is_revoked = revocations(Devices(MemoryTable()), issued)
    issued.table.lost = True
    assert is_revoked(Grant(frozenset({Right.VIEW}), "main", "a link", 0))
    assert not is_revoked(Grant(frozenset({Right.OWNER}), "*", "a link", 0))

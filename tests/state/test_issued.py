"""state/issued.py: the links that were issued and revoked, shared by processes."""

from __future__ import annotations

import asyncio
import fcntl
import os
import stat
from pathlib import Path

import pytest

from streamsign.errors import SettingsError
from streamsign.state import folder as module
from streamsign.state.grants import EVERY_ROOM, LINK_LIFE_S, Right, Signer
from streamsign.state.issued import FILE, IssuedLinks, LinkKind, link_url, links_file, open_links

KEY = b"a key of a server"


@pytest.fixture
def now() -> list[float]:
    """The clock's time, to be changed."""
    return [1000.0]


@pytest.mark.parametrize(
    ("kind", "rights"),
    [
        (LinkKind.VIEW, {Right.VIEW}),
        (LinkKind.EDIT, {Right.VIEW, Right.EDIT}),
        (LinkKind.PUBLISH, {Right.PUBLISH}),
    ],
)
async def test_a_link_is_listed_and_allows_its_kind(
    tmp_path: Path, now: list[float], kind: LinkKind, rights: set[Right]
) -> None:
    """Its token is for one room and one purpose, the file is its owner's alone, and it ends by itself."""
    links, signer = IssuedLinks(links_file(tmp_path), lambda: now[0]), Signer(KEY, lambda: now[0])
    made, token = await links.make(signer, kind, "left", 60)
    grant = signer.read(token)
    assert grant is not None
    assert {right for right in Right if grant.allows(right, "left")} == rights
    assert (grant.holder, made.expires_s) == (made.id, 1060.0)
    assert links.valid() == IssuedLinks(links_file(tmp_path), lambda: now[0]).valid() == [made]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    now[0] = 1060.0
    assert links.valid() == []


async def test_one_process_revokes_what_another_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either sees the other's changes when it looks, keeps them, and they survive a restart."""
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.0)
    server, command = IssuedLinks(links_file(tmp_path)), IssuedLinks(links_file(tmp_path))
    first, _ = await server.make(Signer(KEY), LinkKind.VIEW, "main")
    second, _ = await command.make(Signer(KEY), LinkKind.EDIT, "main")
    assert await command.revoke(first.id)
    assert not await command.revoke(first.id)
    assert not await command.revoke("nobody")
    for each in (server, command, IssuedLinks(links_file(tmp_path))):
        assert each.is_revoked(first.id)
        assert not each.is_revoked(second.id)
        assert each.valid() == [second]


async def test_of_revocations_at_once_one_revokes(tmp_path: Path) -> None:
    """Processes that wait for the same list do not all report that they revoked the link."""
    first = IssuedLinks(links_file(tmp_path))
    made, _ = await first.make(Signer(KEY), LinkKind.VIEW, "main")
    processes = [first, *(IssuedLinks(links_file(tmp_path)) for _ in range(3))]
    held = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    revoking = [asyncio.ensure_future(each.revoke(made.id)) for each in processes]
    await asyncio.sleep(0.3)  # all have found the link, and wait
    os.close(held)
    assert sorted(await asyncio.gather(*revoking)) == [False, False, False, True]


async def test_the_link_of_a_host_page_is_another_after_each_revocation(tmp_path: Path, now: list[float]) -> None:
    """Rooms have their own; a name that was revoked is not used again while a token with it could be valid."""
    table = links_file(tmp_path)
    table.start_over()
    links = IssuedLinks(table, lambda: now[0])
    seen = []
    for _ in range(3):
        link = links.page_link("main")
        assert links.page_link("main").id == link.id
        assert link.expires_s == now[0] + LINK_LIFE_S
        seen.append(link.id)
        assert await links.revoke(link.id)
        assert not await links.revoke(link.id)
        now[0] += LINK_LIFE_S - 1
        assert links.is_revoked(link.id)
    assert len(set(seen)) == 3
    assert links.page_link("other").id not in seen
    assert not links.is_revoked(links.page_link("other").id)


async def test_the_terminals_link_is_another_after_each_revocation(tmp_path: Path, now: list[float]) -> None:
    """It opens the host page of all rooms, is on no list, and its name is not used again while it could be valid."""
    table = links_file(tmp_path)
    table.start_over()
    links = IssuedLinks(table, lambda: now[0])
    first = links.terminal_link()
    assert (first.kind, first.room, links.valid()) == (LinkKind.HOST, EVERY_ROOM, [])
    assert await links.revoke(first.id)
    assert not await links.revoke(first.id)
    assert links.is_revoked(first.id)
    assert links.terminal_link().id not in (first.id, links.page_link("main").id)
    for wrong in ("terminal", "terminal7", "terminal-main", "terminal²"):
        assert not await links.revoke(wrong)


@pytest.mark.parametrize("content", [None, b"", b"[]x", b'[{"id": 1}]'])
def test_a_list_that_is_missing_or_damaged_is_lost(tmp_path: Path, content: bytes | None) -> None:
    """A server learns that it has to revoke everything; a command says that the server has to be restarted."""
    if content is not None:
        (tmp_path / FILE).write_bytes(content)
        with pytest.raises(SettingsError, match=r"cannot be read") as refused:
            open_links(tmp_path)
        assert "Restart the server" in refused.value.next_step
    table = links_file(tmp_path)
    assert table.lost
    table.start_over()
    again = IssuedLinks(links_file(tmp_path))
    assert not again.table.lost
    assert again.valid() == []


async def test_a_full_disk_makes_no_link_and_still_revokes(tmp_path: Path) -> None:
    """A link that could not be listed is not made; a revocation holds until the next start, and the caller knows."""
    links = IssuedLinks(links_file(tmp_path / "state"))
    made, _ = await links.make(Signer(KEY), LinkKind.VIEW, "main")
    (tmp_path / "state").rename(tmp_path / "gone")
    (tmp_path / "state").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(OSError, match="exists"):
        await links.make(Signer(KEY), LinkKind.VIEW, "main")
    with pytest.raises(OSError, match="exists"):
        await links.revoke(made.id)
    assert links.is_revoked(made.id)


async def test_a_secret_is_in_the_fragment(tmp_path: Path) -> None:
    """A caption page's link holds the token where it is never sent; a WHIP address holds none."""
    links = IssuedLinks(links_file(tmp_path))
    view, token = await links.make(Signer(KEY), LinkKind.VIEW, "left")
    assert (
        link_url("https://a.example", view, token) == f"https://a.example/view/left#token={token.replace('*', '%2A')}"
    )
    publish, token = await links.make(Signer(KEY), LinkKind.PUBLISH, "left")
    assert link_url("https://a.example", publish, token) == "https://a.example/whip?room=left"


@pytest.mark.parametrize("content", [b"", b"[]x"])
async def test_a_list_that_cannot_be_read_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    """While it cannot be read every link counts as revoked and none is made; once it can, all is as it says."""
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.0)
    links, other = IssuedLinks(links_file(tmp_path)), IssuedLinks(links_file(tmp_path))
    kept, _ = await links.make(Signer(KEY), LinkKind.VIEW, "main")
    bad, _ = await links.make(Signer(KEY), LinkKind.VIEW, "main")
    await other.revoke(bad.id)
    right = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(content)
    assert links.is_revoked(bad.id)
    assert links.is_revoked(kept.id)
    assert links.table.lost
    assert caplog.text.count("cannot be read") == 1
    with pytest.raises(OSError, match="cannot be read"):
        await links.make(Signer(KEY), LinkKind.VIEW, "main")
    assert (tmp_path / FILE).read_bytes() == content
    (tmp_path / FILE).write_bytes(right)
    assert [links.is_revoked(kept.id), links.is_revoked(bad.id), links.table.lost] == [False, True, False]


async def test_a_list_of_another_user_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not used, and no request fails with an error of the settings."""
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.0)
    links = IssuedLinks(links_file(tmp_path))
    made, _ = await links.make(Signer(KEY), LinkKind.VIEW, "main")
    (tmp_path / FILE).touch()

    def of_another(file: Path) -> None:
        raise SettingsError(f"{file} belongs to another user.", "Delete it.")

    monkeypatch.setattr(module, "keep_private", of_another)
    assert links.is_revoked(made.id)


async def test_the_file_is_looked_at_twice_a_second_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request asks whether its link was revoked; what this process changes is known at once all the same."""
    links = IssuedLinks(links_file(tmp_path))
    made, _ = await links.make(Signer(KEY), LinkKind.VIEW, "main")
    links.is_revoked(made.id)
    looks: list[Path] = []
    stamp = module._stamp

    def look(file: Path) -> tuple[int, int] | None:
        looks.append(file)
        return stamp(file)

    monkeypatch.setattr(module, "_stamp", look)
    assert not any(links.is_revoked(made.id) for _ in range(100))
    assert len(looks) <= 1
    assert await links.revoke(made.id)
    assert links.is_revoked(made.id)


async def test_a_lock_that_is_held_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that hangs with the lock makes a change fail, and nothing is written."""
    monkeypatch.setattr(module, "LOCK_WAIT_S", 0.05)
    table = links_file(tmp_path)
    table.start_over()
    links = IssuedLinks(table)
    held = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(BlockingIOError):
        await links.make(Signer(KEY), LinkKind.VIEW, "main")
    os.close(held)
    assert links.valid() == []
    await links.make(Signer(KEY), LinkKind.VIEW, "main")
    assert len(links.valid()) == 1

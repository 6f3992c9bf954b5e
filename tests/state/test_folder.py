"""state/folder.py: tables in files; the contract of all tables is in test_tables.py."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from streamsign.state import folder as module
from streamsign.state.folder import FolderTable
from streamsign.state.private import write_private

_numbers: TypeAdapter[dict[str, int]] = TypeAdapter(dict[str, int])


def _table(file: Path, *, shared: bool = False) -> FolderTable[int]:
    return FolderTable(file, _numbers.validate_json, _numbers.dump_json, "; all count as one", shared=shared)


async def test_a_change_that_cannot_be_stored_applies_only_if_it_is_held(tmp_path: Path) -> None:
    """Both raise the disk's error; the held one is stored as soon as that is possible."""
    table = _table(tmp_path / "state" / "numbers.json")
    await table.update("a", lambda _: 1)
    (tmp_path / "state").rename(tmp_path / "gone")
    (tmp_path / "state").write_text("a file where the folder should be", encoding="utf-8")
    for hold, value in (("", 1), ("two", 2)):
        with pytest.raises(OSError, match="exists"):
            await table.update("a", lambda _: 2, hold=hold)
        assert (table.get("a"), table.is_held("a")) == (value, bool(hold))
    (tmp_path / "state").unlink()
    await table.update("b", lambda _: 3)
    assert not table.is_held("a")
    assert dict(_table(tmp_path / "state" / "numbers.json").entries()) == {"b": 3, "a": 2}


async def test_changes_that_are_held_are_written_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that holds several changes is written once, in the order in which they were made."""
    table = _table(tmp_path / "numbers.json")
    for name in "abc":
        table.hold(name, "one", lambda _: 1)
    written: list[Path] = []

    def write(file: Path, content: bytes) -> None:
        written.append(file)
        write_private(file, content)

    monkeypatch.setattr(module, "write_private", write)
    await table.flush()
    await table.flush()
    assert written == [tmp_path / "numbers.json"]
    assert not any(table.is_held(name) for name in "abc")
    assert list(_table(tmp_path / "numbers.json").entries().items()) == [("a", 1), ("b", 1), ("c", 1)]


async def test_only_a_shared_file_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another process writes is seen by those who share it; the others write over it."""
    monkeypatch.setattr(module, "LOOK_EVERY_S", 0.0)
    file = tmp_path / "numbers.json"
    own, shared = _table(file), _table(file, shared=True)
    await own.update("a", lambda _: 1)
    assert dict(shared.entries()) == {"a": 1}
    await shared.update("b", lambda _: 2)
    assert dict(own.entries()) == {"a": 1}
    await own.update("a", lambda _: 3)
    assert dict(shared.entries()) == {"a": 3}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_missing_file_is_lost_until_it_is_written(tmp_path: Path) -> None:
    """The first change makes it."""
    table = _table(tmp_path / "numbers.json")
    assert table.lost
    await table.update("a", lambda _: 1)
    assert not table.lost


def test_a_damaged_file_says_what_that_means(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The log names the file and the consequence."""
    (tmp_path / "numbers.json").write_bytes(b"{")
    assert _table(tmp_path / "numbers.json").lost
    assert "numbers.json cannot be read (ValidationError); all count as one" in caplog.text

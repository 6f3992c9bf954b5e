"""server/ondevice/runtime.py: pinned archives, checked before anything of them is kept."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from pathlib import Path

import httpx
import pytest

from streamsign.errors import RuntimeUnavailable
from streamsign.server.ondevice import runtime
from streamsign.server.ondevice.runtime import FILES, VERSION, fetch_runtime, is_fetched, packed_file, unpacked


def _tarball(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as opened:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            opened.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _registry(archives: dict[str, bytes], asked: list[str] | None = None) -> httpx.Client:
    """A client of a registry that has these archives, by the end of their address."""

    def answer(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(str(request.url))
        name = request.url.path.rsplit("/", 1)[-1]
        return httpx.Response(200, content=archives[name]) if name in archives else httpx.Response(404)

    return httpx.Client(transport=httpx.MockTransport(answer))


@pytest.fixture
def archives(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Small archives in place of the real ones, with their digests pinned."""
    found, pinned = {}, []
    for archive in runtime._ARCHIVES:
        files = {path: f"{name} of the test".encode() for name, path in archive.files.items()}
        if "index.js" in archive.files:
            files[archive.files["index.js"]] = b'import { a } from "@litertjs/wasm-utils";'
        content = _tarball(files)
        found[f"{archive.package.partition('/')[2]}-{VERSION}.tgz"] = content
        pinned.append(archive._replace(sha512=base64.b64encode(hashlib.sha512(content).digest()).decode()))
    monkeypatch.setattr(runtime, "_ARCHIVES", tuple(pinned))
    return found


def test_what_is_fetched_is_served_compressed(tmp_path: Path, archives: dict[str, bytes]) -> None:
    """Every file is there afterwards, and the import between the packages is a path."""
    assert not is_fetched(tmp_path / "new")
    assert fetch_runtime(tmp_path / "new", _registry(archives)) == tmp_path / "new"
    assert is_fetched(tmp_path / "new")
    contents = {name: b"".join(unpacked(packed_file(name, tmp_path / "new"))) for name in FILES}
    assert contents["index.js"] == b'import { a } from "./wasm-utils.js";'
    assert contents["litert_wasm_internal.wasm"] == b"litert_wasm_internal.wasm of the test"
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(f"{name}.gz" for name in FILES)


def test_another_registry_can_be_named(
    tmp_path: Path, archives: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Npm's own variable is obeyed."""
    monkeypatch.setenv("npm_config_registry", "https://npm.example.org/mirror/")
    asked: list[str] = []
    fetch_runtime(tmp_path, _registry(archives, asked))
    assert asked[0] == f"https://npm.example.org/mirror/@litertjs/core/-/core-{VERSION}.tgz"


def test_a_changed_archive_is_refused(tmp_path: Path, archives: dict[str, bytes]) -> None:
    """With another SHA-512 nothing is kept, and the error says so."""
    changed = {name: content + b"\0" for name, content in archives.items()}
    with pytest.raises(RuntimeUnavailable, match="SHA-512 differs") as refused:
        fetch_runtime(tmp_path / "new", _registry(changed))
    assert refused.value.next_step
    assert not (tmp_path / "new").exists()


def test_no_network_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    """What cannot be fetched names the address and the command."""
    with pytest.raises(RuntimeUnavailable, match=rf"core-{VERSION}\.tgz cannot be fetched") as failed:
        fetch_runtime(tmp_path, _registry({}))
    assert runtime.COMMAND in str(failed.value.next_step)


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path, archives: dict[str, bytes]) -> None:
    """A file in the place of the folder is named."""
    (tmp_path / "file").write_text("")
    with pytest.raises(RuntimeUnavailable, match="cannot be written"):
        fetch_runtime(tmp_path / "file", _registry(archives))


def test_only_its_own_files_are_read(tmp_path: Path) -> None:
    """Another name is a KeyError, one that was not fetched an error with the command."""
    with pytest.raises(KeyError):
        packed_file("../index.js", tmp_path)
    with pytest.raises(RuntimeUnavailable) as missing:
        packed_file("index.js", tmp_path)
    assert runtime.COMMAND in str(missing.value.next_step)

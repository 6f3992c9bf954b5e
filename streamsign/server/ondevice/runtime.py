"""LiteRT.js, the runtime with which a phone's browser runs the TFLite graphs: fetched once, then served from here.

The files are neither in the repository nor in the wheel: a build needs no network, and the wheel stays small. Each
archive of npm is pinned by its version and SHA-512.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import os
import re
import secrets
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
from platformdirs import user_cache_path

from streamsign.errors import RuntimeUnavailable

VERSION = "2.5.3"
COMMAND = "streamsign phone-runtime"
"""What fetches the files."""

TIMEOUT_S, CONNECT_S = 60.0, 5.0
PIECE_BYTES = 64 * 1024

_REGISTRY, _REGISTRY_VARIABLE = "https://registry.npmjs.org", "npm_config_registry"


class _Archive(NamedTuple):
    """A package of npm: its SHA-512 in base64, and the files that are taken from it, by their names here."""

    package: str
    sha512: str
    files: dict[str, str]


_ARCHIVES = (
    _Archive(
        "@litertjs/core",
        "PlGmbMOq9WitX7FO0jhbdJw9GthatsyuCQXjTt/wJZo0FLaw48q4tz8IwqgqCIkviYGr9OFDL1kCnN4nzWoyJQ==",
        {
            "index.js": "package/dist/index.js",
            # With relaxed SIMD, and for browsers without it. Threads are left out: at this size they gain nothing
            # (benchmarks/inference), and would need cross-origin isolation of the page.
            "litert_wasm_internal.js": "package/wasm/litert_wasm_internal.js",
            "litert_wasm_internal.wasm": "package/wasm/litert_wasm_internal.wasm",
            "litert_wasm_compat_internal.js": "package/wasm/litert_wasm_compat_internal.js",
            "litert_wasm_compat_internal.wasm": "package/wasm/litert_wasm_compat_internal.wasm",
        },
    ),
    _Archive(
        "@litertjs/wasm-utils",
        "4fJiw6tBQnIs+0jH/OQ16nYOiSl8/+zZnn5h2ul8aTKHi05sVqZW580Tmk78pC2kT39A9OYBVdFawteZ/sI1kQ==",
        {"wasm-utils.js": "package/dist/index.js"},
    ),
)

FILES = tuple(name for archive in _ARCHIVES for name in archive.files)
"""Names of the files that are served."""

_IMPORT = re.compile(rb'from "@litertjs/wasm-utils"')


def runtime_folder() -> Path:
    """Where the files are kept: the user's cache of programs, a folder for each version."""
    return user_cache_path("streamsign", appauthor=False) / f"litert-{VERSION}"


def is_fetched(folder: Path | None = None) -> bool:
    """Whether every file is there."""
    folder = runtime_folder() if folder is None else folder
    return all(_packed(folder, name).is_file() for name in FILES)


def packed_file(name: str, folder: Path | None = None) -> Path:
    """A file of the runtime, compressed with gzip.

    Raises:
        KeyError: the runtime does not have a file of this name.
        RuntimeUnavailable: the files have not been fetched.
    """
    if name not in FILES:
        raise KeyError(name)
    packed = _packed(runtime_folder() if folder is None else folder, name)
    if not packed.is_file():
        raise RuntimeUnavailable(
            "The runtime that reads letters on phones is not installed.", f"Run `{COMMAND}` on the computer."
        )
    return packed


def unpacked(packed: Path) -> Iterator[bytes]:
    """The content of a file from :func:`packed_file` in pieces of :data:`PIECE_BYTES`, read as they are asked for."""
    with gzip.open(packed) as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def fetch_runtime(folder: Path | None = None, client: httpx.Client | None = None) -> Path:
    """Fetch the archives from npm's registry, check them, and keep the files that are served.

    Args:
        folder: where they are kept; :func:`runtime_folder` if None.
        client: sends the requests; a new one if None.

    Returns:
        The folder.

    Raises:
        RuntimeUnavailable: an archive cannot be fetched, or is not the one that is pinned, or cannot be kept.
    """
    folder = runtime_folder() if folder is None else folder
    with client or httpx.Client(timeout=httpx.Timeout(TIMEOUT_S, connect=CONNECT_S), follow_redirects=True) as opened:
        for archive in _ARCHIVES:
            for name, content in _unpacked(archive, _fetched(opened, archive)).items():
                _keep(folder, name, content)
    return folder


def whole_runtime(client: httpx.Client) -> dict[str, bytes]:
    """Every program of LiteRT.js by its name, with threads and others that are not served among them, for measuring.

    Args:
        client: sends the requests.

    Raises:
        RuntimeUnavailable: an archive cannot be fetched, or is not the one that is pinned.
    """
    found: dict[str, bytes] = {}
    for archive in _ARCHIVES:
        content = _fetched(client, archive)
        with tarfile.open(fileobj=io.BytesIO(content)) as opened:
            programs = {Path(name).name: name for name in opened.getnames() if name.startswith("package/wasm/")}
        found |= _unpacked(archive._replace(files=archive.files | programs), content)
    return found


def _fetched(client: httpx.Client, archive: _Archive) -> bytes:
    registry = os.environ.get(_REGISTRY_VARIABLE, "").rstrip("/") or _REGISTRY
    url = f"{registry}/{archive.package}/-/{archive.package.partition('/')[2]}-{VERSION}.tgz"
    try:
        content = client.get(url).raise_for_status().content
    except httpx.HTTPError as error:
        raise RuntimeUnavailable(
            f"{url} cannot be fetched: {str(error).splitlines()[0].rstrip('.')}.",
            f"Connect to the network and run `{COMMAND}` again, or copy {runtime_folder()} from another computer.",
        ) from error
    if base64.b64encode(hashlib.sha512(content).digest()).decode() != archive.sha512:
        raise RuntimeUnavailable(
            f"{url} is not the file that streamsign was made for: its SHA-512 differs.",
            "Something on the way changed it. Use another network, or another npm_config_registry.",
        )
    return content


def _unpacked(archive: _Archive, content: bytes) -> dict[str, bytes]:
    """The files of an archive, with the import between the two packages as a path: workers have no import maps."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as opened:
        for name, path in archive.files.items():
            member = opened.extractfile(path)
            assert member is not None  # noqa: S101 - the archive has the pinned digest
            found[name] = member.read()
    if "index.js" in found:
        found["index.js"] = _IMPORT.sub(b'from "./wasm-utils.js"', found["index.js"])
    return found


def _packed(folder: Path, name: str) -> Path:
    return folder / f"{name}.gz"


def _keep(folder: Path, name: str, content: bytes) -> None:
    # Compressed once, here: the server has better to do with its processor.
    target = _packed(folder, name)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(gzip.compress(content, 9, mtime=0))
        draft.replace(target)
    except OSError as error:
        raise RuntimeUnavailable(
            f"{target} cannot be written: {error.strerror or error}.", "Make the folder writable, then try again."
        ) from error

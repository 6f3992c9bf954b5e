"""Private files: written whole or not at all, durable, and readable by their owner only."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import secrets
import stat
from pathlib import Path

from streamsign.errors import SettingsError

logger = logging.getLogger(__name__)

TOKEN_BYTES = 24
"""192 random bits."""

LEAST_TOKEN = 16
"""Characters of the shortest token that is accepted from a file; ``secrets.token_urlsafe(12)`` has as many."""

_USABLE = re.compile(rb"[A-Za-z0-9._~+/=-]{%d,512}" % LEAST_TOKEN)


def write_private(file: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all; it is on the disk when this returns.

    Raises:
        OSError: it cannot be written. The former content stays, and no draft is left.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            _give_to_owner(opened.fileno(), file.parent)
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    _sync_folder(file.parent)  # the new name, too


def keep_private(file: Path) -> None:
    """Check a file's owner and mode before it is used, as ``ssh`` does for keys.

    Root may use the files of the folder's owner, as with ``sudo streamsign link``, except symbolic links, which that
    user may have made. A mode that lets others read is corrected and logged, because others may already have read the
    content.

    Raises:
        SettingsError: another user owns the file.
        OSError: it is not there, or its mode cannot be changed.
    """
    found = file.stat()
    if not _may_use(file, found):
        raise SettingsError(
            f"{file} belongs to another user (uid {found.st_uid}).",
            "Delete it, or give another folder with --state-dir.",
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        file.chmod(0o600)
        logger.warning("other users could read %s; delete it and start again if one may have read it", file)


def kept_token(file: Path) -> str:
    """The token in a file. A missing file is made, readable by its owner only, with a new token.

    A file that holds no usable token (empty, damaged, shorter than LEAST_TOKEN) is replaced.

    Raises:
        SettingsError: the folder cannot be written, or the file belongs to another user.
    """
    try:
        token = read_token(file)
        if token is None:
            if file.exists():
                logger.warning("%s holds no usable token; a new one is made", file)
            token = secrets.token_urlsafe(TOKEN_BYTES)
            write_private(file, token.encode())
    except OSError as error:
        raise SettingsError(
            f"The state folder {file.parent} cannot be used: {error.strerror}.",
            "Give another one with --state-dir or STREAMSIGN_STATE_DIR.",
        ) from error
    return token


def read_token(file: Path) -> str | None:
    """The token in a file; None if the file is missing or its token cannot be used.

    Raises:
        SettingsError: the file belongs to another user.
        OSError: it is there and cannot be read.
    """
    if not file.is_file():
        return None
    keep_private(file)
    content = file.read_bytes().strip()
    return content.decode() if _USABLE.fullmatch(content) else None


def _may_use(file: Path, found: os.stat_result) -> bool:
    """Whether this user may use a file of that owner."""
    if not hasattr(os, "getuid") or found.st_uid in (os.getuid(), 0):
        return True
    return os.getuid() == 0 and not file.is_symlink() and found.st_uid == file.parent.stat().st_uid


def _give_to_owner(descriptor: int, folder: Path) -> None:
    """Give a new file of root to the owner of the folder, who could not read it otherwise."""
    if hasattr(os, "getuid") and os.getuid() == 0 and (owner := folder.stat()).st_uid != 0:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)

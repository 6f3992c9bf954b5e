"""Collected hands as one ZIP file, and back.

No name in an archive becomes a path: each picture gets the path that its checked signer, letter and id give. Sizes are
checked against limits before anything is decompressed or decoded.
"""

from __future__ import annotations

import contextlib
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np

from streamsign.collection.folder import COLUMNS, CollectedHands, Row, StoredFile
from streamsign.collection.manifest import HAND_COLUMNS, MANIFEST, Picture, picture_of, read_table, table_bytes
from streamsign.collection.names import ID, SIGNER, check_names, new_id
from streamsign.collection.webp import webp_size
from streamsign.damaged import DAMAGED_ZIP
from streamsign.errors import CollectionError, TrainingError

MAX_PICTURE_BYTES = 256 * 1024
"""Largest picture of an archive; a crop has about 5 KB."""

MAX_MANIFEST_BYTES = 16 * 1024 * 1024

MAX_ARCHIVE_BYTES = 256 * 1024 * 1024
"""Most bytes of all pictures of an archive: they are in memory until all are checked."""

MAX_SIDE = 1024
"""Largest width and height of a picture of an archive, pixels; a crop has at most 185."""

_ENCRYPTED = 0x1
"""Bit of a member's general purpose flags (APPNOTE.TXT, section 4.4.4)."""

_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

_EXPORT_AGAIN = "Export it again with streamsign, or import a ZIP file with manifest.csv as in docs/how-to/collect.md."


def export_archive(hands: CollectedHands, out: BinaryIO, wanted: Callable[[Picture], bool] = lambda _: True) -> int:
    """Write pictures and their manifest as a ZIP file; the number of pictures.

    Raises:
        CollectionError: the manifest cannot be read.
        OSError: ``out`` cannot be written.
    """
    rows: list[Row] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for picture, row in hands.rows(wanted):
            with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                archive.write(picture.path, row["file"])
                rows.append(row)
        archive.writestr(MANIFEST, table_bytes(COLUMNS, rows))
    return len(rows)


def import_archive(hands: CollectedHands, file: BinaryIO) -> int:
    """Add the pictures of an archive that are not in the folder yet; their number.

    Raises:
        CollectionError: it is not an archive of collected hands, or a part of it is too large. Nothing was stored then.
        CollectionFull: the folder would hold more pictures than it may.
        OSError: the folder cannot be written.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = {info.filename: info for info in archive.infolist() if not info.is_dir()}
            rows = _rows(archive, members)
            if len(rows) > hands.max_pictures:
                raise CollectionError(
                    f"The archive is too large. Its pictures: {len(rows)}; allowed: {hands.max_pictures}.",
                    "Import a smaller archive, or raise --max-pictures.",
                )
            files, size = [], 0
            for line, row in enumerate(rows, start=2):
                files.append(_stored(archive, members, line, row))
                size += len(files[-1].content)
                if size > MAX_ARCHIVE_BYTES:
                    raise CollectionError(
                        f"The pictures of the archive have more than {MAX_ARCHIVE_BYTES // 1024**2} MiB.",
                        "Import it in parts.",
                    )
    except DAMAGED_ZIP as error:
        raise CollectionError("The file is not a ZIP file, or it is damaged.", _EXPORT_AGAIN) from error
    return hands.store(files)


def _rows(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> list[Row]:
    if MANIFEST not in members:
        raise CollectionError(f"The archive has no {MANIFEST} at its top.", _EXPORT_AGAIN)
    try:
        columns, rows = read_table(_read(archive, members[MANIFEST], MAX_MANIFEST_BYTES))
    except ValueError as error:
        raise CollectionError(f"{MANIFEST} of the archive is not a table in UTF-8.", _EXPORT_AGAIN) from error
    if absent := [name for name in HAND_COLUMNS if name not in columns]:
        raise CollectionError(
            f"{MANIFEST} of the archive is not one of hands: it lacks the columns {', '.join(absent)}.", _EXPORT_AGAIN
        )
    return [{name: cell for name, cell in row.items() if name in COLUMNS} for row in rows]


def _stored(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], line: int, row: Row) -> StoredFile:
    where = f"{MANIFEST} of the archive, line {line}"
    name = row.get("file", "")
    if name not in members:
        raise CollectionError(f"{where}: the archive does not contain the picture {name[:80]!r}.", _EXPORT_AGAIN)
    content = _read(archive, members[name], MAX_PICTURE_BYTES)
    size = webp_size(content)
    if size is None:
        raise CollectionError(f"{where}: {name[:80]!r} is not a WebP picture.", "Convert the pictures to WebP.")
    if max(size) > MAX_SIDE:
        raise CollectionError(
            f"{where}: the picture has {size[0]}×{size[1]} pixels; {MAX_SIDE} a side are allowed.",
            "Import crops of hands, not whole photos.",
        )
    if cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE) is None:
        raise CollectionError(f"{where}: {name[:80]!r} is damaged.", "Remove it and its line from the archive.")
    row = {**row, "width": str(size[0]), "height": str(size[1])}
    if not ID.fullmatch(row.get("id", "")):
        row["id"] = new_id()
    if not SIGNER.fullmatch(row.get("signer", "")):
        row["signer"] = re.sub(r"[^A-Za-z0-9]+", "-", row.get("signer", "")).strip("-")[:40] or "unknown"
    try:
        check_names(row)
        picture = picture_of(Path(), Path(MANIFEST), line, row)
    except (ValueError, TrainingError) as error:
        problem = error.problem if isinstance(error, TrainingError) else f"{where}: {error}."
        raise CollectionError(problem, _EXPORT_AGAIN) from error
    if picture.hand is None:
        raise CollectionError(f"{where}: the box of the hand is missing.", _EXPORT_AGAIN)
    return StoredFile(content, row)


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes:
    """A member's bytes, at most ``limit``, whatever size the archive claims."""
    if member.flag_bits & _ENCRYPTED or member.compress_type not in _COMPRESSIONS:
        raise CollectionError(
            f"{member.filename[:80]!r} in the archive is encrypted, or compressed with another method than deflate.",
            _EXPORT_AGAIN,
        )
    if member.file_size <= limit:
        with archive.open(member) as opened:
            content = opened.read(limit + 1)
        if len(content) <= limit:
            return content
    raise CollectionError(
        f"{member.filename[:80]!r} in the archive is larger than {limit // 1024} KiB.",
        "Import an archive that streamsign has exported.",
    )

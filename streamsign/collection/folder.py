"""The folder of collected hands: add, list and delete pictures.

Every change is made under a lock on the folder, so that a server and ``streamsign collect`` may use one folder.
Pictures are written before the manifest names them, and deleted before it stops naming them: after a crash no picture
stays that deleting does not find.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import cv2

from streamsign.collection.crop import HandCrop
from streamsign.collection.manifest import (
    BOX_COLUMNS,
    HAND_COLUMNS,
    MANIFEST,
    TAKEN_COLUMNS,
    Picture,
    Taken,
    picture_of,
    read_table,
    table_bytes,
)
from streamsign.collection.names import ID, SOURCE, check_names
from streamsign.errors import CollectionError, CollectionFull, TrainingError
from streamsign.state.folder import lock
from streamsign.state.private import write_private

COLUMNS = ("file", "source", "signer", "letter", "split", "width", "height", *BOX_COLUMNS, *TAKEN_COLUMNS)
"""Columns of a new manifest."""

MAX_PICTURES = 20_000
"""Pictures in a folder, unless the settings allow another number."""

LOCK_WAIT_S = 10.0
"""How long a change waits for another process that changes the folder."""

_WEBP_QUALITY = 92

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class NewPicture:
    """A crop to store, with its label. ``taken`` has light and sharpness of the crop."""

    crop: HandCrop
    source: str
    signer: str
    letter: str
    taken: Taken


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The bytes of a picture and its row, whose ``file`` is set when it is stored."""

    content: bytes
    row: Row


@dataclass(slots=True)
class _Table:
    """A manifest that was read, or an empty one. ``pictures`` are parsed when they are needed.

    Attributes:
        version: inode, time of the last change in nanoseconds, and size; None if the file does not exist.
    """

    version: tuple[int, int, int] | None = None
    columns: list[str] = field(default_factory=lambda: list(COLUMNS))
    rows: list[Row] = field(default_factory=list)
    pictures: list[Picture] | None = None


class CollectedHands:
    """A folder of collected hands; it is made when the first picture is added.

    Every method waits for the disk and may be called in any thread. A manifest that has not changed is read once.

    Args:
        folder: may hold other pictures with a manifest of hands, too; they are kept.
        max_pictures: pictures that the folder may hold.
    """

    def __init__(self, folder: Path, max_pictures: int = MAX_PICTURES) -> None:
        self.folder = folder
        self.max_pictures = max_pictures
        self._table = _Table()

    def pictures(self, *, room: str | None = None, signer: str | None = None) -> list[Picture]:
        """Return the collected pictures in the order of the manifest; of one room or signer only, if given.

        A row whose file does not exist is left out.

        Raises:
            CollectionError: the manifest cannot be read.
        """
        return [
            picture
            for picture in self._pictures(self._read())
            if picture.taken is not None
            and room in (None, picture.taken.room)
            and signer in (None, picture.signer)
            and picture.path.is_file()
        ]

    def add(self, new: Sequence[NewPicture]) -> list[str]:
        """Store crops, all or none; their ids in the same order.

        Raises:
            ValueError: a letter, signer or source cannot be part of a path.
            CollectionFull: the folder would hold more pictures than it may.
            CollectionError: the manifest cannot be read, or another process holds the folder.
            OSError: the folder cannot be written, such as for a full disk. Nothing was stored then.
        """
        self.store([_file_of(each) for each in new])
        return [each.taken.id for each in new]

    def store(self, files: Sequence[StoredFile]) -> int:
        """Store encoded pictures, all or none. Those whose id is there already are left out.

        Returns:
            The number of pictures that were stored.

        Raises:
            ValueError, CollectionFull, CollectionError, OSError: as for :meth:`add`.
        """
        for each in files:
            check_names(each.row)
        if not files:
            return 0
        with self._locked(make=True):
            table = self._read()
            there = {row.get("id") for row in table.rows} - {"", None}
            files = [each for each in files if each.row["id"] not in there]
            if len(table.rows) + len(files) > self.max_pictures:
                raise CollectionFull(
                    "The pictures do not fit: the folder of collected hands holds "
                    f"{len(table.rows)} of {self.max_pictures}.",
                    "Delete pictures, or export and delete them all.",
                )
            written: list[Path] = []
            try:
                for each in files:
                    row = each.row
                    name = f"{row['source']}/{row['letter']}/{row['signer']}__{row['id']}.webp"
                    row["file"] = name
                    written.append(self.folder / name)
                    _write_new(self.folder / name, each.content)
                self._write(table.columns, [*table.rows, *(each.row for each in files)])
            except BaseException:
                self._remove(written)
                raise
        return len(files)

    def delete(self, wanted: Callable[[Picture], bool]) -> int:
        """Delete pictures and their rows, and with the last row the manifest and the empty folder.

        Returns:
            The number of pictures that were deleted.

        The bytes on the disk are not overwritten: file systems write elsewhere.

        Raises:
            CollectionError: the manifest cannot be read, or another process holds the folder.
            OSError: a file cannot be deleted, or the manifest cannot be written. A second call deletes the rest.
        """
        if not self.folder.is_dir():
            return 0
        with self._locked():
            table = self._read()
            gone = {picture.row: picture.path for picture in self._pictures(table) if picture.taken and wanted(picture)}
            if not gone:
                return 0
            self._remove(list(gone.values()))
            self._write_rest(table, gone)
        return len(gone)

    def delete_missing(self) -> int:
        """Delete the rows of collected pictures whose file does not exist, as after a crash; their number.

        Raises:
            CollectionError, OSError: as for :meth:`delete`.
        """
        return self.delete(lambda picture: not picture.path.is_file())

    def delete_all(self) -> int:
        """Delete every collected picture, also those that no row names, the manifest and the empty folders.

        Pictures that were not collected with streamsign stay, and so does the manifest that names them. A damaged
        manifest does not prevent it.

        Returns:
            The number of rows that were deleted.

        Raises:
            OSError: a file cannot be deleted.
        """
        if not self.folder.is_dir():
            return 0
        with self._locked():
            try:
                table = self._read()
                collected = [picture for picture in self._pictures(table) if picture.taken]
            except CollectionError:
                table, collected = _Table(), []
            self._remove([*(picture.path for picture in collected), *self._own_files()])
            self._write_rest(table, {picture.row for picture in collected})
        return len(collected)

    def _own_files(self) -> list[Path]:
        """Files whose names only this class gives, and drafts that a crash left."""
        named = [
            path
            for path in self.folder.glob("*/*/*__*.webp")
            if ID.fullmatch(path.stem.rpartition("__")[2]) and SOURCE.fullmatch(path.parts[-3])
        ]
        return [*named, *self.folder.glob(f".{MANIFEST}.*")]

    def _remove(self, files: Sequence[Path]) -> None:
        """Delete files, and the folders of letters and sources that this leaves empty."""
        for file in files:
            file.unlink(missing_ok=True)
        for folder in sorted({file.parent for file in files} | {file.parent.parent for file in files}, reverse=True):
            if folder not in (self.folder, self.folder.parent):
                with contextlib.suppress(OSError):  # the folder holds other pictures, or was deleted
                    folder.rmdir()

    def _pictures(self, table: _Table) -> list[Picture]:
        path = self.folder / MANIFEST
        if table.pictures is None:
            try:
                table.pictures = [
                    picture_of(self.folder, path, line, row) for line, row in enumerate(table.rows, start=2)
                ]
            except TrainingError as error:
                raise CollectionError(error.problem, error.next_step) from error
        return table.pictures

    def rows(self, wanted: Callable[[Picture], bool]) -> list[tuple[Picture, Row]]:
        """Return the collected pictures that are wanted, each with its row. Their files may not exist.

        Raises:
            CollectionError: the manifest cannot be read.
        """
        table = self._read()
        pairs = zip(self._pictures(table), table.rows, strict=True)
        return [(picture, row) for picture, row in pairs if picture.taken and wanted(picture)]

    def _read(self) -> _Table:
        """Return the manifest; an empty one if it does not exist."""
        path, table = self.folder / MANIFEST, self._table
        try:
            status = path.stat()
            version = (status.st_ino, status.st_mtime_ns, status.st_size)
            if table.version == version:
                return table
            columns, rows = read_table(path.read_bytes())
        except FileNotFoundError:
            return _Table()
        except NotADirectoryError as error:
            raise CollectionError(f"{self.folder} is not a folder.", "Choose another folder.") from error
        except ValueError as error:
            raise CollectionError(
                f"{path} is not a table: {error}.", "Repair it, or move it and its pictures elsewhere."
            ) from error
        if absent := [name for name in HAND_COLUMNS if name not in columns]:
            raise CollectionError(
                f"{path} lacks the columns {', '.join(absent)}.", "Choose a new folder, or one of collected hands."
            )
        self._table = table = _Table(version, columns, rows)
        return table

    def _write(self, columns: Sequence[str], rows: Sequence[Row]) -> None:
        content = table_bytes([*columns, *(name for name in COLUMNS if name not in columns)], rows)
        write_private(self.folder / MANIFEST, content)

    def _write_rest(self, table: _Table, gone: Collection[int]) -> None:
        """Write the rows whose lines are not gone; without any, delete the manifest and the folder if it is empty."""
        if rest := [row for line, row in enumerate(table.rows, start=2) if line not in gone]:
            self._write(table.columns, rest)
            return
        (self.folder / MANIFEST).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # the folder holds other files
            self.folder.rmdir()

    @contextmanager
    def _locked(self, *, make: bool = False) -> Iterator[None]:
        """Hold the lock of the folder. ``make``: make the folder if it does not exist."""
        with contextlib.ExitStack() as held:
            while True:
                if make:
                    self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                descriptor = os.open(self.folder, os.O_RDONLY | os.O_CLOEXEC)
                held.callback(os.close, descriptor)
                try:
                    lock(descriptor, LOCK_WAIT_S)
                except BlockingIOError as error:
                    raise CollectionError(
                        f"Another program has changed {self.folder} for more than {LOCK_WAIT_S:.0f} s.",
                        "Wait until it has ended, then try again.",
                    ) from error
                if not make or self.folder.is_dir():  # else it was deleted with its last picture meanwhile
                    break
            yield


def _write_new(file: Path, content: bytes) -> None:
    """Write a picture that nothing names yet, readable by its owner only; it is on the disk when this returns."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _file_of(new: NewPicture) -> StoredFile:
    done, encoded = cv2.imencode(".webp", new.crop.pixels, [cv2.IMWRITE_WEBP_QUALITY, _WEBP_QUALITY])
    if not done:
        raise ValueError(f"a crop of {new.crop.pixels.shape} cannot be encoded")
    height, width = new.crop.pixels.shape
    row = {
        "source": new.source,
        "signer": new.signer,
        "letter": new.letter,
        "split": "",
        "width": str(width),
        "height": str(height),
        **{name: f"{side:.1f}" for name, side in zip(BOX_COLUMNS, new.crop.hand, strict=True)},
        **{name: str(value) for name, value in asdict(new.taken).items()},
        "light": f"{new.taken.light:.0f}",
        "sharpness": f"{new.taken.sharpness:.3f}",
    }
    return StoredFile(encoded.tobytes(), row)

"""Files that a command writes at its end, checked before its work begins."""

from __future__ import annotations

from pathlib import Path

from streamsign.errors import SettingsError


def require_folders(**files: Path | None) -> None:
    """Check that the folder of each output file exists.

    Args:
        files: path by the name of its option; None if the option was not given.

    Raises:
        SettingsError: a folder does not exist.
    """
    for option, file in files.items():
        if file is not None and not (folder := file.resolve().parent).is_dir():
            raise SettingsError(
                f"The folder {folder} does not exist.", f"Create it, or pass --{option} a path in an existing folder."
            )

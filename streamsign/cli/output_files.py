"""Files that a command writes at its end, checked before its work begins."""

from __future__ import annotations

from pathlib import Path

from streamsign.errors import SettingsError


def require_outputs(*inputs: Path, **files: Path | None) -> None:
    """Check that each output file can be written without losing an input or another output.

    Args:
        inputs: files that the command reads; folders are ignored.
        files: path by the name of its option's parameter; None if the option was not given.

    Raises:
        SettingsError: an output is called ``-``, which stands for the terminal in other programs, a folder does not
            exist, an output is an input, or two outputs are one file.
    """
    read = {file.resolve() for file in inputs if file.is_file()}
    written: dict[Path, str] = {}
    for name, file in files.items():
        if file is None:
            continue
        option = name.replace("_", "-")
        if file.name == "-":
            raise SettingsError(
                f"--{option} writes a file, and - names none.", f"Pass --{option} the path of a file, such as out.txt."
            )
        place = file.resolve()
        if not (folder := place.parent).is_dir():
            raise SettingsError(
                f"The folder {folder} does not exist.", f"Create it, or pass --{option} a path in an existing folder."
            )
        if place in read:
            raise SettingsError(f"--{option} would overwrite {file}, which is read.", "Pass it another file.")
        if place in written:
            raise SettingsError(
                f"--{written[place]} and --{option} name the same file, {file}.", "Pass a different file to each."
            )
        written[place] = option

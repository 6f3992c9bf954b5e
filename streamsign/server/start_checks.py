"""What is checked before the server starts: the folder of collected hands, and whether phones can read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from streamsign.errors import SettingsError
from streamsign.recognition.framing import Framing
from streamsign.server.ondevice.runtime import COMMAND, is_fetched
from streamsign.settings import Settings


def check_start(settings: Settings, warn: Callable[[str], None], runtime: Path | None = None) -> None:
    """Check what would otherwise fail when a person first uses it.

    Args:
        settings: of the server.
        warn: shows a line to the person.
        runtime: folder of the phones' runtime; the user's cache if None.

    Raises:
        SettingsError: the folder of collected hands is a file, or cannot be written; or phones are to read with a fixed
            framing.
    """
    folder = settings.collection_folder
    there = next((each for each in (folder, *folder.absolute().parents) if each.exists()), folder)
    if settings.max_pictures and not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        what = "cannot be written" if there.is_dir() else "is not a folder"
        raise SettingsError(
            f"Collected hands cannot be stored in {folder}: {there} {what}.",
            "Pass --collection with another folder, or --max-pictures 0 to collect none.",
        )
    if settings.where == "phone" and settings.framing is not Framing.AUTO:
        raise SettingsError(
            f"Phones read the letters with the framing auto only, not with {settings.framing}.",
            "Leave --framing (STREAMSIGN_FRAMING) out, or --where phone (STREAMSIGN_WHERE).",
        )
    if settings.where == "phone" and not is_fetched(runtime):
        warn(
            "Warning: the runtime that reads letters on phones is not installed. Phones send video, and this computer "
            f"reads the letters. Run `{COMMAND}`, then start the server again."
        )

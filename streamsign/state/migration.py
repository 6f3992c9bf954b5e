"""Moves the state folder from where earlier releases kept it."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from streamsign.errors import SettingsError
from streamsign.settings import default_state_dir
from streamsign.state.address import running_address

logger = logging.getLogger(__name__)

FORMER = Path(".local", "state", "streamsign")
"""The former state folder, on every system, below the home folder."""


def move_former_state(state_dir: Path, home: Path | None = None) -> bool:
    """Move the former state folder, with its certificate, tokens and captions, to the default one.

    Nothing is moved if another folder was chosen, or if the default one exists already.

    Args:
        state_dir: the folder that will be used.
        home: the user's home folder; found if None.

    Returns:
        Whether the folder was moved.

    Raises:
        SettingsError: the folder cannot be moved, or a server uses it.
    """
    former = (Path.home() if home is None else home) / FORMER
    if state_dir != default_state_dir() or state_dir.exists() or not former.is_dir():
        return False
    if running_address(former) is not None:
        raise SettingsError(
            f"A running server uses the state folder {former}, which would be moved to {state_dir}.",
            "Stop that server, or pass --state-dir with another folder.",
        )
    try:
        state_dir.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(former, state_dir)
    except OSError as error:
        raise SettingsError(
            f"The state folder {former} cannot be moved to {state_dir}: {error.strerror}.",
            f"Move it yourself, or pass --state-dir {former}.",
        ) from error
    words = "Moved the former state folder with its tokens, certificate and captions from=%s to=%s"
    logger.warning(words, former, state_dir)
    return True

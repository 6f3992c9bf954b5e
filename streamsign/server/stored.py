"""What a server stores beside captions: one place for the state folder and for a cluster's shared state."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from streamsign.server.devices.registry import Device, devices_file
from streamsign.server.grants.guesses import Wrong
from streamsign.server.pairing.codes import Code
from streamsign.server.rooms.titles import titles_file
from streamsign.settings import Settings
from streamsign.state.grants import KEY_FILE
from streamsign.state.issued import IssuedLink, links_file
from streamsign.state.keys import Keys, keys_in_folder
from streamsign.state.tables import MemoryTable, Table


@dataclass
class Stored:
    """The tables and keys of a server.

    Attributes:
        keys: as they are now.
        devices: paired devices by id.
        links: issued links by id.
        titles: titles by room.
        codes: pairing codes by their hash.
        guesses: wrong secrets by address.
        clock: seconds of the codes and guesses, the same for everybody who shares them.
    """

    keys: Keys
    devices: Table[Device]
    links: Table[IssuedLink]
    titles: Table[str]
    codes: Table[Code] = field(default_factory=MemoryTable)
    guesses: Table[Wrong] = field(default_factory=MemoryTable)
    clock: Callable[[], float] = time.monotonic


def stored_in_folder(settings: Settings) -> Stored:
    """The tables of a state folder. Codes and guesses are in memory only.

    Another signing key is made if the list of devices or links is lost: then no grant that was given out is valid.

    Raises:
        SettingsError: the folder cannot be used.
    """
    folder = settings.state_dir
    devices, links = devices_file(folder / "devices.json"), links_file(folder)
    if devices.lost or links.lost:
        (folder / KEY_FILE).unlink(missing_ok=True)
    for table in (devices, links):
        if table.lost:
            with contextlib.suppress(OSError):  # the next write raises the error
                table.start_over()
    given = settings.publish_token, settings.view_token
    keys = keys_in_folder(folder, *(token.get_secret_value() if token else None for token in given))
    return Stored(keys, devices, links, titles_file(folder / "rooms.json"))

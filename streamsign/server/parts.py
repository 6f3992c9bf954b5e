"""The parts of a running server, and how routes get them."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from fastapi import Depends
from fastapi.requests import HTTPConnection

from streamsign.captions.hub import Rooms
from streamsign.captions.room_clock import RoomClock
from streamsign.recognition.recognizer import Recognizer
from streamsign.server.cameras.registry import Cameras
from streamsign.server.devices.registry import Devices
from streamsign.server.grants.access import Access
from streamsign.server.metrics.collector import Metrics
from streamsign.server.pairing.codes import PairingCodes
from streamsign.server.pairing.links import Links
from streamsign.settings import Settings


@dataclass
class Server:
    """The parts that live as long as the server. Both listeners share them."""

    settings: Settings
    access: Access
    devices: Devices
    rooms: Rooms
    metrics: Metrics
    cameras: Cameras
    executor: ThreadPoolExecutor
    codes: PairingCodes = field(default_factory=PairingCodes)
    links: Links = field(default_factory=lambda: Links("", None))
    choosing_model: asyncio.Lock = field(default_factory=asyncio.Lock)
    ready: bool = False

    async def close(self) -> None:
        """Close every camera and viewer and stop the recognition threads."""
        self.codes.close()
        await self.cameras.close_all()
        self.rooms.close()
        await asyncio.sleep(0)
        self.executor.shutdown(wait=False, cancel_futures=True)


def make_server(settings: Settings) -> Server:
    """Load the model, read one blank frame to warm it up, and make the parts.

    Raises:
        ModelError: the model cannot be used.
        SettingsError: the state folder cannot be written.
    """
    model = settings.load_model()
    warm = Recognizer(model)
    warm.feed(np.zeros((240, 320), np.uint8), 0.0)
    devices = Devices(settings.state_dir / "devices.json")
    access = Access(settings, devices.is_barred)
    # Viewers compare event times with their own clocks and with other rooms, so one Unix clock serves all rooms.
    rooms = Rooms(model.info.name, model.info.letters, clock=RoomClock())
    metrics = Metrics()
    executor = ThreadPoolExecutor(os.cpu_count() or 1, "recognition")
    cameras = Cameras(settings, model, executor, metrics)
    return Server(settings, access, devices, rooms, metrics, cameras, executor, ready=True)


def _parts(connection: HTTPConnection) -> Server:
    server = connection.app.state.server
    assert isinstance(server, Server)  # noqa: S101 - create_app sets it
    return server


Parts = Annotated[Server, Depends(_parts)]
"""Annotation of a route's parameter that receives the :class:`Server`."""

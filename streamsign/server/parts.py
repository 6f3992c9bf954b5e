"""The parts of a running server, and how routes get them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, BinaryIO
from weakref import WeakSet

import numpy as np
from fastapi import Depends
from fastapi.requests import HTTPConnection

from streamsign.captions.hub import Rooms
from streamsign.captions.room_clock import RoomClock
from streamsign.captions.rooms import CaptionRooms
from streamsign.captions.store import EventStore
from streamsign.captions.words import read_own_words
from streamsign.collection.folder import CollectedHands
from streamsign.errors import SettingsError
from streamsign.recognition.model import Model
from streamsign.recognition.recognizer import Recognizer
from streamsign.server.cameras.load import available_cores
from streamsign.server.cameras.pool import CameraPool
from streamsign.server.cameras.registry import Cameras
from streamsign.server.captions.edit_pace import EditPace
from streamsign.server.collect.consents import Consents
from streamsign.server.confirmed.learners import Learners
from streamsign.server.devices.registry import Devices
from streamsign.server.grants.access import Access
from streamsign.server.grants.guesses import Guesses
from streamsign.server.grants.holds import Holds
from streamsign.server.grants.revoked import revocations
from streamsign.server.http.turns import ComputeTurns
from streamsign.server.metrics.collector import Metrics
from streamsign.server.ondevice.letters import PhoneReaders
from streamsign.server.pairing.codes import PairingCodes
from streamsign.server.pairing.links import Links
from streamsign.server.rooms.titles import Titles
from streamsign.server.stored import Stored, stored_in_folder
from streamsign.settings import Settings
from streamsign.state.issued import IssuedLinks

if TYPE_CHECKING:
    from streamsign.server.metrics.traces import LetterTraces


@dataclass
class Server:
    """The parts that live as long as the server. Both listeners share them."""

    settings: Settings
    access: Access
    devices: Devices
    issued: IssuedLinks
    titles: Titles
    holds: Holds
    rooms: CaptionRooms
    metrics: Metrics
    cameras: CameraPool
    executor: ThreadPoolExecutor
    edit_pace: EditPace
    guesses: Guesses = field(default_factory=Guesses)
    codes: PairingCodes = field(default_factory=PairingCodes)
    readers: PhoneReaders = field(default_factory=PhoneReaders)
    links: Links = field(default_factory=lambda: Links("", None))
    store: EventStore | None = None
    own_words: tuple[str, ...] = ()
    consents: Consents = field(default_factory=Consents)
    learners: Learners = field(default_factory=Learners)
    exports: WeakSet[BinaryIO] = field(default_factory=WeakSet)
    reporting: asyncio.Lock = field(default_factory=asyncio.Lock)
    turns: ComputeTurns = field(default_factory=ComputeTurns)
    choosing_model: asyncio.Lock = field(default_factory=asyncio.Lock)
    ready: bool = False

    @cached_property
    def hands(self) -> CollectedHands:
        """The folder of collected hands."""
        return CollectedHands(self.settings.collection_folder, self.settings.max_pictures)

    async def close(self) -> None:
        """Close every camera and viewer and stop the recognition threads."""
        self.ready = False
        self.codes.close()
        await self.devices.flush()
        self.holds.close()
        self.readers.close()
        await self.cameras.close_all()
        self.learners.close()
        await self.rooms.close()
        await asyncio.sleep(0)
        self.executor.shutdown(wait=False, cancel_futures=True)
        if self.metrics.traces is not None:
            await asyncio.to_thread(self.metrics.traces.close)
        if self.store is not None:
            await asyncio.to_thread(self.store.close)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What other processes do for a gateway.

    Attributes:
        rooms: the rooms whose log all share.
        cameras: makes the pool that hands cameras to workers.
    """

    rooms: CaptionRooms
    cameras: Callable[[Holds], CameraPool]


def warm_model(settings: Settings) -> Model:
    """Load the model and read one blank frame to warm it up.

    Raises:
        ModelError: the model cannot be used.
    """
    model = settings.load_model()
    Recognizer(model, reader=settings.reader).feed(np.zeros((240, 320), np.uint8), 0.0)
    return model


def make_server(settings: Settings, stored: Stored | None = None, elsewhere: Elsewhere | None = None) -> Server:
    """Load the model, and make the parts.

    Args:
        settings: see :class:`Settings`.
        stored: keys and tables; those of the state folder if None.
        elsewhere: what other processes do; None if this one reads the cameras and keeps the log.

    Raises:
        ModelError: the model cannot be used.
        SettingsError: the state folder cannot be written, or the user's own words cannot be read.
    """
    own_words = () if settings.own_words is None else read_own_words(settings.own_words)
    stored = stored_in_folder(settings) if stored is None else stored
    devices, issued = Devices(stored.devices), IssuedLinks(stored.links)
    is_revoked = revocations(devices, issued)
    access = Access(settings, is_revoked, stored.keys)
    metrics = Metrics()
    metrics.traces = _traces(settings)
    threads = available_cores(settings.cores)
    executor = ThreadPoolExecutor(threads, "recognition")
    holds = Holds(is_revoked)
    store: EventStore | None = None
    rooms: CaptionRooms
    cameras: CameraPool
    if elsewhere is None:
        model = warm_model(settings)
        store = _store(settings) if settings.keep_log else None
        rooms = _rooms(settings, model, store)
        cameras = Cameras(settings, model, rooms, executor, threads, metrics, holds)
    else:
        rooms, cameras = elsewhere.rooms, elsewhere.cameras(holds)
    return Server(
        settings,
        access,
        devices,
        issued,
        Titles(stored.titles),
        holds,
        rooms,
        metrics,
        cameras,
        executor,
        EditPace(settings.messages_per_s),
        guesses=Guesses(stored.guesses, stored.clock),
        codes=PairingCodes(stored.codes, stored.clock),
        store=store,
        own_words=own_words,
        ready=True,
    )


def _traces(settings: Settings) -> LetterTraces | None:
    if settings.trace_endpoint is None:
        return None
    try:
        from streamsign.server.metrics.traces import otlp_traces
    except ImportError as error:
        raise SettingsError(
            f"Letters cannot be traced: {error}.",
            "Install the extra with `pip install 'streamsign[traces]'`, or leave --trace-endpoint out.",
        ) from error
    return otlp_traces(settings.trace_endpoint)


def _rooms(settings: Settings, model: Model, store: EventStore | None) -> Rooms:
    # Viewers compare event times with their own clocks and with other rooms, so one Unix clock serves all rooms.
    return Rooms(
        model.info.name,
        model.info.alphabet,
        clock=RoomClock(),
        max_rooms=settings.max_rooms,
        store=store,
        pauses=settings.pauses,
    )


def _store(settings: Settings) -> EventStore:
    retention_s = settings.retention * 86_400 if settings.retention else None
    try:
        return EventStore(settings.state_dir / "captions.sqlite3", retention_s)
    except (OSError, sqlite3.Error) as error:
        raise SettingsError(
            f"The caption log in {settings.state_dir} cannot be used: {error}.",
            "Give another folder with --state-dir, or keep captions in memory with --no-log.",
        ) from error


def _parts(connection: HTTPConnection) -> Server:
    server = connection.app.state.server
    assert isinstance(server, Server)  # noqa: S101 - create_app sets it
    return server


Parts = Annotated[Server, Depends(_parts)]
"""Annotation of a route's parameter that receives the :class:`Server`."""

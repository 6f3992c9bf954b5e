"""Consents of cameras' signers to be recorded. They are in memory and end with the camera."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from streamsign.collection.folder import CollectedHands
from streamsign.collection.selection import Selection
from streamsign.collection.take import Origin, Prompt, Take
from streamsign.recognition.events import Reading
from streamsign.webrtc.intake import ReceivedFrame


class Consent:
    """One signer's consent, and the take that is recorded under it, if any.

    Frames are taken in by a worker thread, everything else is called in the event loop.

    Args:
        origin: whose hand is recorded, where and by what.

    Attributes:
        ended: set when the consent was withdrawn, or its camera has gone.
    """

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.ended = asyncio.Event()
        self._selection = Selection()
        self._known: set[str] = set()
        self._take: Take | None = None
        self._lock = threading.Lock()

    @property
    def recording(self) -> bool:
        """Whether a take is under way."""
        return self._take is not None

    def know(self, hands: CollectedHands, letter: str) -> None:
        """Read the signer's stored pictures of a letter once, which are not to be repeated. Waits for the disk.

        Raises:
            CollectionError: the manifest cannot be read.
        """
        if letter not in self._known:
            self._selection.know(hands.pictures(signer=self.origin.signer), letter)
            self._known.add(letter)

    def begin(self, letter: str, prompt: Prompt) -> None:
        """Begin a take with the next frame.

        Raises:
            ValueError: one is under way, or the consent has ended.
        """
        if self.recording or self.ended.is_set():
            raise ValueError("no take can begin now")
        self._take = Take(self._selection, self.origin, letter, prompt)

    def offer(self, frame: ReceivedFrame, at_s: float, reading: Reading) -> None:
        """Pass a frame and its reading to the take that is under way, if any. In a worker thread."""
        with self._lock:
            if self._take is not None:
                self._take.offer(frame.luma, reading, at_s, limited_range=frame.limited_range)

    def finish(self) -> Take | None:
        """End the take that is under way, and return it with its pictures, or None if the consent has ended."""
        with self._lock:
            take, self._take = self._take, None
            if take is not None:
                take.finish()
        return take

    def end(self) -> None:
        """Withdraw the consent. The pictures of a take that is under way are dropped."""
        with self._lock:
            self._take = None
        self.ended.set()


class Consents:
    """The consents of the connected cameras, by the camera's key."""

    def __init__(self) -> None:
        self._by_key: dict[str, Consent] = {}

    def __len__(self) -> int:
        return len(self._by_key)

    def get(self, key: str) -> Consent | None:
        """Return the consent of a camera's signer, or None if it was not given or has ended."""
        return self._by_key.get(key)

    def give(self, key: str, origin: Origin) -> Consent:
        """Store a consent. An earlier one of this camera ends, because another person may be in front of it now."""
        self.end(key)
        consent = self._by_key[key] = Consent(origin)
        return consent

    def end(self, key: str) -> bool:
        """End a camera's consent. Returns whether it had one."""
        consent = self._by_key.pop(key, None)
        if consent is not None:
            consent.end()
        return consent is not None

    def end_where(self, wanted: Callable[[Origin], bool]) -> None:
        """End the consents of some origins."""
        for key, consent in list(self._by_key.items()):
            if wanted(consent.origin):
                self.end(key)

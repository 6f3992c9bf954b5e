"""Consents to keep letters of confirmed words, and the letters kept under each. All of it is in memory."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field

from streamsign.captions.events import Edit
from streamsign.captions.log import current_word
from streamsign.captions.room import CaptionRoom
from streamsign.captions.words import letters_of_word
from streamsign.collection.confirmed import ConfirmedLetters
from streamsign.collection.names import new_signer
from streamsign.recognition.events import Reading
from streamsign.webrtc.intake import ReceivedFrame
from streamsign.webrtc.reader import SignerObserver
from streamsign.webrtc.room_camera import RoomCamera

GRACE_S = 120.0
"""Seconds for which the letters are kept after a camera's session has ended, so that the same page can continue."""


@dataclass(slots=True, eq=False)
class Learner:
    """One signer who agreed.

    Attributes:
        room: name of the room that the signer's camera sends into.
        secret: known to the signer's page only; continues the consent when the page connects its camera again.
        signer: random name, for the description of an adaptation.
        confirmed: the letters.
    """

    room: str
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    signer: str = field(default_factory=new_signer)
    confirmed: ConfirmedLetters = field(default_factory=ConfirmedLetters)

    def observer(self) -> SignerObserver:
        """The observer that passes a camera's frames and letters to :attr:`confirmed`."""

        def read(frame: ReceivedFrame, at_s: float, reading: Reading) -> None:
            self.confirmed.offer(frame.luma, reading, at_s, limited_range=frame.limited_range)

        return SignerObserver(read, self.confirmed.letter)


@dataclass(slots=True)
class _Attached:
    learner: Learner
    session: RoomCamera
    observer: SignerObserver


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A signer whose camera has gone: its key, and what drops the letters."""

    learner: Learner
    key: str
    timer: asyncio.TimerHandle


class Learners:
    """The signers who agreed, by their camera's key. Used in one event loop only."""

    def __init__(self) -> None:
        self._by_key: dict[str, _Attached] = {}
        self._waiting: dict[str, _Waiting] = {}

    def __len__(self) -> int:
        return len(self._by_key) + len(self._waiting)

    def get(self, key: str) -> Learner | None:
        """Return the signer of a camera, or None if the signer has not agreed."""
        found = self._by_key.get(key)
        return None if found is None else found.learner

    def agree(self, key: str, session: RoomCamera, secret: str | None = None) -> Learner:
        """Store a consent. With the secret of an earlier one of the same room, its letters are kept.

        Args:
            key: of the camera.
            session: of the camera.
            secret: from the earlier consent.
        """
        learner = self._taken_up(secret, session.room.name) or Learner(session.room.name)
        self.withdraw(key)
        observer = learner.observer()
        self._by_key[key] = _Attached(learner, session, observer)
        session.observe(observer)
        return learner

    def camera_gone(self, key: str) -> None:
        """Stop observing a camera whose session has ended. Its letters are dropped after :data:`GRACE_S`."""
        found = self._detach(key)
        if found is not None:
            timer = asyncio.get_running_loop().call_later(GRACE_S, self._waiting.pop, found.secret, None)
            self._waiting[found.secret] = _Waiting(found, key, timer)

    def withdraw(self, key: str) -> bool:
        """End a consent, also of a camera that has gone, and drop its letters. Returns whether there was one."""
        gone = [secret for secret, waiting in self._waiting.items() if waiting.key == key]
        for secret in gone:
            self._waiting.pop(secret).timer.cancel()
        return self._detach(key) is not None or bool(gone)

    def close(self) -> None:
        """Drop everything."""
        for waiting in self._waiting.values():
            waiting.timer.cancel()
        self._waiting.clear()
        for key in list(self._by_key):
            self._detach(key)

    def edited(self, room: CaptionRoom, edit: Edit) -> None:
        """Label the letters of a chosen word, or remove the labels of one that is undone.

        Args:
            room: whose text a person edited.
            edit: the edit, which is in the room's log.
        """
        learners = self._of(room.name)
        if not learners or edit.action not in ("replace", "undo"):
            return
        earlier = [event for event in room.log.after()[1] if event.seq < edit.seq]
        before = earlier[-1].text if earlier else ""
        start, end = current_word(before)
        word = edit.text[slice(*current_word(edit.text))]
        for learner in learners:
            if edit.action == "undo":
                learner.confirmed.undone(before, edit.text)
            else:
                letters = letters_of_word(earlier, start, end)
                learner.confirmed.confirm(before, edit.text, letters, before[start:end], word)

    def _of(self, room: str) -> list[Learner]:
        attached = [each.learner for each in self._by_key.values()]
        return [each for each in attached if each.room == room]

    def _taken_up(self, secret: str | None, room: str) -> Learner | None:
        if secret is None:
            return None
        for key, attached in list(self._by_key.items()):
            if attached.learner.secret == secret and attached.learner.room == room:  # the old session ends later
                self._detach(key)
                return attached.learner
        waiting = self._waiting.get(secret)
        if waiting is None or waiting.learner.room != room:
            return None
        waiting.timer.cancel()
        del self._waiting[secret]
        return waiting.learner

    def _detach(self, key: str) -> Learner | None:
        found = self._by_key.pop(key, None)
        if found is None:
            return None
        found.session.remove_observer(found.observer)
        return found.learner

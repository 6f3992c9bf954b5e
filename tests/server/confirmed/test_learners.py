"""server/confirmed/learners.py: consents follow a camera that was connected again, and end."""

from __future__ import annotations

import asyncio
from typing import cast

import numpy as np

from streamsign.captions.hub import Room
from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.geometry import Box
from streamsign.server.confirmed.learners import GRACE_S, Learner, Learners
from streamsign.webrtc.intake import ReceivedFrame
from streamsign.webrtc.reader import SignerObserver
from streamsign.webrtc.room_camera import RoomCamera
from tests.virtual_time import in_virtual_time


class _Camera:
    """What a learner needs of a camera."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.observers: list[SignerObserver] = []
        self.at_s = 0.0

    def observe(self, observer: SignerObserver) -> None:
        self.observers.append(observer)

    def remove_observer(self, observer: SignerObserver) -> None:
        self.observers.remove(observer)

    def show(self, letters: str) -> None:
        """Hold letters, each of which becomes text."""
        for letter in letters:
            self.at_s = at_s = self.at_s + 1
            reading = Reading(at_s, letter, 0.9, (), 1.0, True, Box(0.4, 0.3, 0.6, 0.7))
            frame = ReceivedFrame(np.full((240, 320), 90, np.uint8), at_s, False, {})
            commit = Commit(letter, 0.9, at_s, at_s)
            self.room.publish_letter("a", commit)
            for observer in self.observers:
                observer.reading(frame, at_s, reading)
                observer.letter("a", at_s, commit)


async def _confirm(learners: Learners, room: Room, word: str) -> None:
    edit = await room.edit("replace", word=word + " ")
    learners.edited(room, edit)


def _made(name: str = "main") -> tuple[Room, _Camera, RoomCamera]:
    room = Room(name, "celov", list("CELOV"))
    camera = _Camera(room)
    return room, camera, cast("RoomCamera", camera)


async def test_only_who_agreed_is_observed() -> None:
    """Before the consent nothing is kept, and after its end the camera has no observer."""
    learners = Learners()
    room, camera, session = _made()
    camera.show("LO")
    learner = learners.agree("key", session)
    camera.show("VE")
    await _confirm(learners, room, "LOVE")
    assert learner.confirmed.counts() == {"E": 1, "V": 1}
    await _confirm(learners, _made("other")[0], "LOVE")
    assert learner.confirmed.counts() == {"E": 1, "V": 1}
    assert learners.withdraw("key")
    assert not learners.withdraw("key")
    assert (camera.observers, len(learners), learners.get("key")) == ([], 0, None)


async def test_a_word_that_is_undone_does_not_count() -> None:
    """Undo in the room takes its letters back."""
    learners = Learners()
    room, camera, session = _made()
    learner = learners.agree("key", session)
    camera.show("LOVE")
    await _confirm(learners, room, "LOVE")
    edit = await room.edit("undo")
    learners.edited(room, edit)
    assert learner.confirmed.counts() == {}


async def test_a_camera_that_comes_back_continues() -> None:
    """With the secret the letters stay, also if the new session comes first; without it or from elsewhere not."""
    learners = Learners()
    room, camera, session = _made()
    learner = learners.agree("one", session)
    camera.show("LOVE")
    await _confirm(learners, room, "LOVE")
    learners.camera_gone("one")
    assert camera.observers == []
    assert len(learners) == 1
    assert learners.agree("other", _made("other")[2], learner.secret) is not learner
    again = learners.agree("two", session, learner.secret)
    assert again is learner
    assert learners.agree("three", session, learner.secret) is learner
    learners.camera_gone("two")  # its session ends late
    assert learners.get("three") is learner
    assert learners.agree("three", session, learner.secret) is learner  # the same consent, sent again
    assert (learner.confirmed.counts(), len(camera.observers)) == ({"E": 1, "L": 1, "O": 1, "V": 1}, 1)
    assert learners.agree("four", session) is not learner
    learners.close()
    assert len(learners) == 0


@in_virtual_time
async def test_what_no_camera_comes_back_for_is_dropped() -> None:
    """The letters of a camera that is gone are in memory for the time of grace only."""
    learners = Learners()
    learners.agree("one", _made()[2])
    learners.camera_gone("one")
    await asyncio.sleep(GRACE_S - 1)
    assert len(learners) == 1
    await asyncio.sleep(2)
    assert len(learners) == 0


async def test_a_consent_ends_also_after_its_camera_has_gone() -> None:
    """A page that stops ends session and consent at once; when the session is first, nothing waits for it to return."""
    learners = Learners()
    learners.agree("one", _made()[2])
    learners.camera_gone("one")
    assert learners.withdraw("one")
    assert (len(learners), learners.withdraw("one")) == (0, False)


def test_secrets_and_signers_are_random() -> None:
    """No two learners share a secret or a signer's name."""
    one, other = Learner("main"), Learner("main")
    assert one.secret != other.secret
    assert one.signer != other.signer

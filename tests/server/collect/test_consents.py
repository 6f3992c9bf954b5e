"""server/collect/consents.py: what a consent allows, and what ends it."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from streamsign.collection.folder import CollectedHands
from streamsign.collection.take import Origin, Prompt
from streamsign.errors import CollectionError
from streamsign.recognition.events import Reading
from streamsign.recognition.geometry import Box
from streamsign.server.collect.consents import Consent, Consents
from streamsign.webrtc.intake import ReceivedFrame
from tests.collection.pictures import picture

HAND = Reading(0.0, "A", 0.9, (), 0.9, False, Box(0.4, 0.3, 0.6, 0.7))


def _frame(seed: int) -> ReceivedFrame:
    luma = np.random.default_rng(seed).integers(0, 256, (120, 160), np.uint8)
    return ReceivedFrame(luma, 0.0, stamps={"decoded_s": time.monotonic()})


async def test_frames_count_only_while_a_take_is_recorded() -> None:
    """A frame before and after a take is not in it."""
    consent = Consent(Origin("phone", "s-1"))
    consent.offer(_frame(0), 0.0, HAND)
    consent.begin("A", Prompt.PLAIN)
    assert consent.recording
    consent.offer(_frame(1), 1.0, HAND)
    take = consent.finish()
    consent.offer(_frame(2), 2.0, HAND)
    assert take is not None
    assert len(take.pictures) == 1
    assert not consent.recording


async def test_withdrawing_drops_the_take_and_prevents_another() -> None:
    """Nothing of it can be stored afterwards."""
    consent = Consent(Origin("phone", "s-1"))
    consent.begin("A", Prompt.PLAIN)
    with pytest.raises(ValueError, match="no take"):
        consent.begin("B", Prompt.PLAIN)
    consent.offer(_frame(1), 1.0, HAND)
    consent.end()
    assert consent.finish() is None
    with pytest.raises(ValueError, match="no take"):
        consent.begin("A", Prompt.PLAIN)


async def test_stored_pictures_are_not_repeated(tmp_path: Path) -> None:
    """A frame like a stored picture of the signer is dropped, one of another signer is kept."""
    hands = CollectedHands(tmp_path)
    hands.add([picture("A", "s-1", seed=3)])
    counts = []
    for signer in ("s-1", "s-2"):
        consent = Consent(Origin("phone", signer))
        consent.know(hands, "A")
        consent.begin("A", Prompt.PLAIN)
        consent.offer(_frame(3), 0.0, HAND)
        take = consent.finish()
        assert take is not None
        counts.append(len(take.pictures))
    assert counts == [0, 1]


async def test_pictures_that_could_not_be_read_are_read_again(tmp_path: Path) -> None:
    """After the manifest was damaged and repaired, a stored picture is not repeated."""
    hands = CollectedHands(tmp_path)
    hands.add([picture("A", "s-1", seed=3)])
    manifest = tmp_path / "manifest.csv"
    whole = manifest.read_bytes()
    manifest.write_bytes(b"damaged")
    consent = Consent(Origin("phone", "s-1"))
    with pytest.raises(CollectionError):
        consent.know(hands, "A")
    manifest.write_bytes(whole)
    consent.know(hands, "A")
    consent.begin("A", Prompt.PLAIN)
    consent.offer(_frame(3), 0.0, HAND)
    take = consent.finish()
    assert take is not None
    assert take.pictures == []


async def test_consents_end_one_by_one_again_and_by_origin() -> None:
    """Another consent of a camera ends the first one; the rest ends when asked for."""
    consents = Consents()
    first = consents.give("k1", Origin("phone", "s-1", device_id="d1"))
    second = consents.give("k1", Origin("phone", "s-2", device_id="d1"))
    other = consents.give("k2", Origin("phone", "s-3", device_id="d2"))
    assert first.ended.is_set()
    assert consents.get("k1") is second
    consents.end_where(lambda origin: origin.device_id == "d1")
    assert second.ended.is_set()
    assert not other.ended.is_set()
    assert len(consents) == 1
    assert consents.end("k2")
    assert not consents.end("k2")

"""cluster/pauses.py: the pauses chosen for rooms, on a real NATS."""

from __future__ import annotations

from nats.aio.client import Client

from streamsign.cluster.pauses import BUCKET, SUBJECT, ChosenPauses
from streamsign.recognition.pauses import PauseRule
from tests.nats_server import until


async def test_a_choice_is_used_by_all_and_kept(client: Client, room: str) -> None:
    """By those that run and by those that start later; rooms without one have none."""
    heard: list[tuple[str, PauseRule]] = []
    first = ChosenPauses(client, lambda *_: None)
    second = ChosenPauses(client, lambda name, pauses: heard.append((name, pauses)))
    for each in (first, second):
        await each.open()
    for word_s in (0.5, 2.0):
        await first.choose(room, PauseRule(word_s=word_s))
    await until(lambda: second.of(room) == PauseRule(word_s=2.0))
    assert (room, PauseRule(word_s=0.5)) in heard
    later = ChosenPauses(client, lambda *_: None)
    await later.open()
    assert (later.of(room), later.of("another")) == (PauseRule(word_s=2.0), None)
    for each in (first, second, later):
        await each.close()


async def test_what_is_no_choice_is_passed_over(client: Client, room: str) -> None:
    """In the bucket and in messages; a field of a later release is ignored."""
    await ChosenPauses(client, lambda *_: None).choose(room, PauseRule(word_s=0.5))
    bucket = await client.jetstream().key_value(BUCKET)
    await bucket.put(f"{room}-damaged", b"{")
    chosen = ChosenPauses(client, lambda *_: None)
    await chosen.open()
    assert (chosen.of(room), chosen.of(f"{room}-damaged")) == (PauseRule(word_s=0.5), None)
    await client.publish(f"{SUBJECT}.{room}", b"nothing")
    await client.publish(f"{SUBJECT}.{room}-later", b'{"word_s": 3.0, "page_s": 9.0}')
    await until(lambda: chosen.of(f"{room}-later") == PauseRule(word_s=3.0))
    assert chosen.of(room) == PauseRule(word_s=0.5)
    await chosen.close()

"""server/captions/encoded.py: frames that are made once for all viewers."""

from __future__ import annotations

from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from streamsign.captions.events import Hello, Letter, event_adapter
from streamsign.captions.ledger import Ledger
from streamsign.server.captions.encoded import KEPT_FRAMES, EncodedEvents, text_frame

LETTER = Letter(
    seq=1,
    session="s",
    letter="L",
    text="L",
    confidence=1,
    started_s=99,
    captured_s=99,
    ledger=Ledger(published_s=100.0),
)


def payload(frame: bytes) -> str:
    """The text in a frame, by the library's own parser."""
    reader = StreamReader()
    reader.feed_data(frame)
    parser = Frame.parse(reader.read_exact, mask=False, max_size=None)
    try:
        while True:
            next(parser)
    except StopIteration as done:
        found: Frame = done.value
    assert (found.opcode, found.fin) == (Opcode.TEXT, True)
    return bytes(found.data).decode()


def test_viewers_share_a_letters_frame() -> None:
    """The second viewer gets the first one's frame, with the time at which it was sent to the first."""
    encoded = EncodedEvents()
    frame = encoded.frame(LETTER, 100.5)
    assert encoded.frame(LETTER, 100.7) is frame
    sent = event_adapter.validate_json(payload(frame))
    assert isinstance(sent, Letter)
    assert (sent.ledger.sent_s, sent.stages_ms["send"]) == (100.5, 500.0)


def test_a_replayed_letter_has_no_time_of_sending() -> None:
    """What was sent live and what is replayed are two frames of the same letter."""
    encoded = EncodedEvents()
    live, replayed = encoded.frame(LETTER, 100.5), encoded.frame(LETTER)
    sent = event_adapter.validate_json(payload(replayed))
    assert isinstance(sent, Letter)
    assert sent.ledger.sent_s is None
    assert encoded.frame(LETTER, 101.0) is live


def test_equal_letters_are_not_confused_and_old_frames_go() -> None:
    """Frames are kept by the event itself, and no more than so many."""
    encoded = EncodedEvents()
    first = encoded.frame(LETTER)
    others = [LETTER.model_copy(update={"seq": seq}) for seq in range(2, KEPT_FRAMES + 2)]
    seqs = [event_adapter.validate_json(payload(encoded.frame(other))) for other in others]
    assert [each.seq for each in seqs if isinstance(each, Letter)] == list(range(2, KEPT_FRAMES + 2))
    assert encoded.frame(LETTER) is not first
    assert encoded.frame(LETTER) == first


def test_a_greeting_is_made_for_each_viewer() -> None:
    """Hello differs from viewer to viewer and is not kept."""
    encoded = EncodedEvents()
    hello = Hello(room="main", model="m", letters=["A"], log_id="x", last_seq=0, replay="start", text="")
    assert encoded.frame(hello) == text_frame(hello.model_dump_json())
    assert encoded.frame(hello) is not encoded.frame(hello)

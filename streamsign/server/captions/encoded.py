"""The websocket frame of a room's event, made once for all of its viewers."""

from __future__ import annotations

from collections import OrderedDict

from websockets.frames import Frame, Opcode

from streamsign.captions.events import Hello, KeptEvent, Letter, Moment

KEPT_FRAMES = 64
"""Frames that are kept. Viewers that keep up need the newest ones; an older one is made again."""


class EncodedEvents:
    """The frames of a room's newest events: each event is serialized once, not once for each viewer."""

    def __init__(self) -> None:
        # By identity: comparing events by value would take as long as encoding them. The event is held, so that its
        # identity is not given to another one.
        self._frames: OrderedDict[tuple[int, bool], tuple[KeptEvent | Moment, bytes]] = OrderedDict()

    def frame(self, event: Hello | KeptEvent | Moment, sent_s: float | None = None) -> bytes:
        """The frame of an event.

        Args:
            event: what is sent.
            sent_s: for a letter that is not replayed, now on the room's clock. All viewers get the time at which it was
                sent to the first of them.
        """
        if isinstance(event, Hello):  # each viewer has its own
            return text_frame(event.model_dump_json())
        stamp_s = sent_s if isinstance(event, Letter) else None
        key = id(event), stamp_s is not None
        found = self._frames.get(key)
        if found is None:
            sent = event
            if isinstance(event, Letter) and stamp_s is not None:
                sent = event.model_copy(update={"ledger": event.ledger.with_sent(stamp_s)})
            found = self._frames[key] = event, text_frame(sent.model_dump_json())
            if len(self._frames) > KEPT_FRAMES:
                self._frames.popitem(last=False)
        return found[1]


def text_frame(text: str) -> bytes:
    """A message as a server's websocket frame (RFC 6455, section 5.2): not masked, not compressed, in one piece."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)

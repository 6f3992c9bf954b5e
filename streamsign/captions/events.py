"""The wire schema: what a viewer of a room receives, as JSON objects told apart by ``type``.

Only :class:`Letter` and :class:`Edit` change the text; they are numbered (``seq``) and kept in the room's log, so a
viewer who comes back names the last number it saw and misses nothing. The others describe the moment and are not kept.

A viewer may help to measure: one that asks with ``?reports=1`` is sent :class:`Ping` and answers :class:`Pong`, and
says :class:`Painted` when a letter stands on its screen. Nobody else is ever sent a Ping.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, computed_field, model_validator

from streamsign.captions.ledger import Ledger
from streamsign.recognition.framing import Framing
from streamsign.recognition.hints import Hint
from streamsign.recognition.track import HandChoice

PROTOCOL_VERSION = 2
"""Version of the messages. Since 2 letters have ``captured_s`` and ledgers ``decided_s`` and ``published_s``."""


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Alternative(_Event):
    """A letter the recogniser holds possible, with its probability."""

    letter: str
    confidence: float = Field(ge=0, le=1)


class Hello(_Event):
    """The first message on every connection."""

    type: Literal["hello"] = "hello"
    protocol: int = PROTOCOL_VERSION
    room: str
    model: str = Field(description="name of the model that reads the letters")
    letters: list[str] = Field(description="the letters this model knows")
    log_id: str = Field(description="names this log; numbers of another log mean nothing here")
    last_seq: int = Field(ge=0, description="number of the newest kept event, 0 when there is none")
    replay: Literal["start", "resume", "other_log"] = Field(
        description="what follows: the log from its start, the events after the number asked for, or the log from its "
        "start because the number belonged to another log"
    )
    text: str = Field(description="the room's text as of last_seq")


class Partial(_Event):
    """What the recogniser holds for the moment; replaced by the next one."""

    type: Literal["partial"] = "partial"
    session: str
    letter: str | None = Field(description="most probable letter, null while the hand rests or no hand is seen")
    confidence: float = Field(ge=0, le=1)
    alternatives: list[Alternative] = Field(description="most probable first, the letter itself included")
    sharpness: float = Field(ge=0, le=1, description="weight of the frame's evidence: 0 blurred, 1 as sharp as it gets")
    hint: Hint | None = Field(default=None, description="what keeps the hand from being read well, if anything does")
    captured_s: float = Field(description="capture time of the frame, seconds on the room's clock")


class HandBox(_Event):
    """A hand's place in the picture as it was sent, in shares of its width and height; not mirrored."""

    x0: float = Field(ge=0, le=1)
    y0: float = Field(ge=0, le=1)
    x1: float = Field(ge=0, le=1)
    y1: float = Field(ge=0, le=1)


class Hand(_Event):
    """Where a camera's hand is. Sent to that camera alone, once a frame at most; nobody else learns it."""

    type: Literal["hand"] = "hand"
    framing: Framing = Field(description="how the hand is looked for; only with 'auto' is there a box")
    box: HandBox | None = Field(description="null while no hand is found")
    hint: Hint | None = Field(description="what keeps the hand from being read well, if anything does")
    captured_s: float = Field(description="capture time of the frame, seconds on the room's clock")


class Quality(_Event):
    """What a camera should send from now on. Sent to that camera alone, when the server's load changes it."""

    type: Literal["quality"] = "quality"
    max_framerate: int = Field(ge=1, description="frames a second at most")
    scale_down: float = Field(ge=1, description="how often its own width and height are to be divided")


class Letter(_Event):
    """A letter was read: it is now part of the text."""

    type: Literal["letter"] = "letter"
    seq: int = Field(ge=1)
    session: str
    letter: str
    text: str = Field(description="the room's whole text, this letter included")
    confidence: float = Field(ge=0, le=1)
    started_s: float = Field(
        description="capture time of the frame from which the letter was the most probable, seconds on the room's clock"
    )
    captured_s: float = Field(
        description="capture time of the frame that decided it, same clock: ledger.captured_s where it was measured, "
        "else estimated from the arrival of frames"
    )
    alternatives: list[Alternative] = Field(
        default=[], description="what the letter could be instead, most probable first, the letter itself included"
    )
    ledger: Ledger = Field(
        default=Ledger(),
        description="when the deciding frame passed each stage, seconds on the room's clock; null where not known",
    )

    @model_validator(mode="before")
    @classmethod
    def _without_derived(cls, values: Any) -> Any:
        if isinstance(values, dict) and "stages_ms" in values:
            return {name: value for name, value in values.items() if name != "stages_ms"}
        return values

    @computed_field(description="milliseconds between the stamps of the ledger, in order of the stages")  # type: ignore[prop-decorator]
    @property
    def stages_ms(self) -> dict[str, float]:
        """Milliseconds of every stage of the ledger that has both its stamps, in order."""
        return self.ledger.stages_ms()


class Edit(_Event):
    """Somebody changed the text by hand."""

    type: Literal["edit"] = "edit"
    seq: int = Field(ge=1)
    action: Literal["clear", "backspace", "space", "undo", "replace"] = Field(
        description="undo takes back the newest letter or edit that was not taken back yet; replace puts a word that "
        "a person chose in place of the present one"
    )
    text: str = Field(description="the room's whole text after the edit")
    at_s: float


class Status(_Event):
    """A camera came, stalled, or went."""

    type: Literal["status"] = "status"
    session: str
    state: Literal["connecting", "live", "stalled", "closed"]
    detail: str = Field(default="", description="one sentence for a person")
    at_s: float


class ModelChange(_Event):
    """Another model reads the letters from now on."""

    type: Literal["model"] = "model"
    model: str = Field(description="its name")
    letters: list[str] = Field(description="the letters it knows")


class Ping(_Event):
    """Asks a peer for its clock; to be answered at once."""

    type: Literal["ping"] = "ping"
    id: int = Field(ge=1)


class Pong(_Event):
    """A peer's answer to a Ping, with times on its own clock: Unix seconds, as fine as it has them."""

    type: Literal["pong"] = "pong"
    id: int = Field(ge=1)
    received_s: float = Field(allow_inf_nan=False, description="when the Ping came")
    answered_s: float = Field(allow_inf_nan=False, description="when this left")


class Painted(_Event):
    """A viewer's screen shows a letter it was sent just now."""

    type: Literal["painted"] = "painted"
    seq: int = Field(ge=1, description="number of the letter")
    at_s: float = Field(allow_inf_nan=False, description="when the browser had painted it, on the clock of its Pongs")


class Choose(_Event):
    """A camera's page says which of two hands is to be read, from now on."""

    type: Literal["choose"] = "choose"
    hand: HandChoice = Field(description="raised, largest, or the one more to the left or right as the camera sees it")


KeptEvent = Letter | Edit
Moment = Partial | Status | ModelChange
"""What describes the moment, and is not kept."""

Event = Annotated[Hello | KeptEvent | Moment, Field(discriminator="type")]
event_adapter: TypeAdapter[Hello | KeptEvent | Moment] = TypeAdapter(Event)
"""Validates one message: ``event_adapter.validate_json(text)``."""

report_adapter: TypeAdapter[Pong | Painted] = TypeAdapter(Annotated[Pong | Painted, Field(discriminator="type")])
"""Validates what a viewer says."""

"""The wire schema: the messages of a room, as JSON objects with the field ``type``.

Only :class:`Letter` and :class:`Edit` change the text. A space or a new line after a pause is an Edit with the
``session`` of its camera, and so is the removal of a letter that a drawn one replaces. They are numbered (``seq``) and
kept in the room's log: a viewer that reconnects names the last number it received and misses none. The other events
describe the present and are not kept.

A viewer that connects with ``?reports=1`` takes part in latency measurements: the server sends :class:`Ping`, the
viewer answers :class:`Pong`, and sends :class:`Painted` when a letter is on its screen. Others receive no Ping.
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


MAX_LOOK_SDP = 32_768
"""Most characters of an SDP offer or answer for the picture of a camera; those of browsers have 3,000 to 8,000."""


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Alternative(_Event, strict=True):
    """A letter that the frame may show, with its probability."""

    letter: str
    confidence: float = Field(ge=0, le=1)


class Hello(_Event):
    """The first message on every connection."""

    type: Literal["hello"] = "hello"
    protocol: int = PROTOCOL_VERSION
    room: str
    model: str = Field(description="name of the model that reads the letters")
    letters: list[str] = Field(description="the letters this model knows")
    log_id: str = Field(description="identifies this log; event numbers of other logs do not apply")
    last_seq: int = Field(ge=0, description="number of the newest kept event, 0 when there is none")
    replay: Literal["start", "resume", "other_log"] = Field(
        description="what follows: the log from its start, the events after the number asked for, or the log from its "
        "start because the number belonged to another log"
    )
    text: str = Field(description="the room's text as of last_seq")


class Partial(_Event):
    """The current reading of one camera; the next one replaces it."""

    type: Literal["partial"] = "partial"
    session: str
    letter: str | None = Field(description="most probable letter, null while the hand rests or no hand is found")
    confidence: float = Field(ge=0, le=1)
    alternatives: list[Alternative] = Field(description="most probable first, the letter itself included")
    sharpness: float = Field(ge=0, le=1, description="weight of the frame's evidence: 0 blurred, 1 sharp")
    hint: Hint | None = Field(default=None, description="what makes the hand hard to read, null if nothing does")
    captured_s: float = Field(description="capture time of the frame, seconds on the room's clock")


class HandBox(_Event):
    """Bounding box of a hand in shares of the frame's width and height, as sent by the camera; not mirrored."""

    x0: float = Field(ge=0, le=1)
    y0: float = Field(ge=0, le=1)
    x1: float = Field(ge=0, le=1)
    y1: float = Field(ge=0, le=1)


class Hand(_Event):
    """Where a camera's hand is. Sent only to that camera, at most once a frame."""

    type: Literal["hand"] = "hand"
    framing: Framing = Field(description="how the hand is located; only 'auto' gives a box")
    box: HandBox | None = Field(description="null while no hand is found")
    hint: Hint | None = Field(description="what makes the hand hard to read, null if nothing does")
    captured_s: float = Field(description="capture time of the frame, seconds on the room's clock")


class Quality(_Event):
    """What a camera should send from now on. Sent only to that camera, when the server's load requires a change."""

    type: Literal["quality"] = "quality"
    max_framerate: int = Field(ge=1, description="frames a second at most")
    scale_down: float = Field(ge=1, description="divisor of the frame's width and height")


class Move(_Event):
    """A camera should connect again, as its worker is going to stop. Sent only to that camera.

    It offers its video with ``former`` and ``moving=true``, and keeps the connection that it has: the new session ends
    the former one once it reads, and no letter is lost.
    """

    type: Literal["move"] = "move"


class Look(_Event):
    """The owner's page asks a camera for its picture, from browser to browser. Sent only to that camera."""

    type: Literal["look"] = "look"
    id: int = Field(ge=1)
    sdp: str = Field(max_length=MAX_LOOK_SDP, description="SDP offer, with all its ICE candidates")


class Letter(_Event):
    """A letter was committed: it is now part of the text."""

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
        default=[], description="letters that it may be, most probable first, the letter itself included"
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
    """The text changed other than by a letter: by a person, a pause, or a drawn letter that replaced earlier ones."""

    type: Literal["edit"] = "edit"
    seq: int = Field(ge=1)
    action: Literal["clear", "backspace", "space", "line", "undo", "replace", "write"] = Field(
        description="space ends the word: the text then ends with one space; line ends the sentence: the text then "
        "ends with one line feed instead; neither changes an empty text; undo reverts the newest letter or edit that "
        "was not reverted yet; replace puts a suggested word in place of the current one; "
        "write replaces the whole text, also an empty one"
    )
    text: str = Field(description="the room's whole text after the edit; sentences are separated by line feeds")
    at_s: float = Field(
        description="when it was edited, seconds on the room's clock; of a pause the capture time of the frame that "
        "decided it"
    )
    session: str | None = Field(
        default=None,
        description="the camera whose pause ended the word or sentence, or whose drawn letter replaces the removed "
        "one; null if a person edited",
    )


class Status(_Event):
    """The state of a camera's connection changed."""

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
    """A clock exchange request. Answer it immediately."""

    type: Literal["ping"] = "ping"
    id: int = Field(ge=1)


class Pong(_Event):
    """The answer to a Ping, with times on the peer's own clock in Unix seconds, at its best resolution."""

    type: Literal["pong"] = "pong"
    id: int = Field(ge=1)
    received_s: float = Field(description="when the Ping arrived")
    answered_s: float = Field(description="when this was sent")


class Painted(_Event):
    """A viewer's screen shows a letter that was just sent."""

    type: Literal["painted"] = "painted"
    seq: int = Field(ge=1, description="number of the letter")
    at_s: float = Field(description="when the browser had painted it, on the clock of its Pongs")


class Choose(_Event):
    """A camera's page chooses which of two hands is read from now on."""

    type: Literal["choose"] = "choose"
    hand: HandChoice = Field(
        description="raised, largest, or the one further to the left or right in the camera's frame"
    )


class Shown(_Event):
    """A camera's page answers a Look."""

    type: Literal["shown"] = "shown"
    id: int = Field(ge=1, description="that of the Look")
    sdp: str = Field(max_length=MAX_LOOK_SDP, description="SDP answer, with all its ICE candidates")


KeptEvent = Letter | Edit
Moment = Partial | Status | ModelChange
"""Events that describe the present and are not kept."""

Event = Annotated[Hello | KeptEvent | Moment, Field(discriminator="type")]
event_adapter: TypeAdapter[Hello | KeptEvent | Moment] = TypeAdapter(Event)
"""Validates one message of the server: ``event_adapter.validate_json(text)``."""

camera_adapter: TypeAdapter[Choose | Shown] = TypeAdapter(Annotated[Choose | Shown, Field(discriminator="type")])
"""Validates one message of a camera's page."""

report_adapter: TypeAdapter[Pong | Painted] = TypeAdapter(Annotated[Pong | Painted, Field(discriminator="type")])
"""Validates one message of a viewer."""

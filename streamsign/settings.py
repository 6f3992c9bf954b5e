"""Everything that can be set, in one place: flags and ``STREAMSIGN_*`` variables end up here, read once at the edge."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_state_path
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from streamsign.errors import SettingsError
from streamsign.recognition.framing import Framing
from streamsign.recognition.model import Model, load_model
from streamsign.recognition.pauses import MAX_PAUSE_S, PauseRule, require_word_first
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.runtime import Runtime
from streamsign.recognition.track import HandChoice
from streamsign.room_names import ROOM_PATTERN


def default_state_dir() -> Path:
    """Where programs keep their state on this system: on Linux ``$XDG_STATE_HOME`` or ``~/.local/state``."""
    return user_state_path("streamsign", appauthor=False)


class Settings(BaseSettings):
    """Frozen settings of one server process. Units are in the names."""

    model_config = SettingsConfigDict(
        env_prefix="STREAMSIGN_", env_ignore_empty=True, frozen=True, extra="forbid", allow_inf_nan=False
    )

    model: str = Field("alphabet", description="Model to read with: its name, or the path of a model folder.")
    models: Path | None = Field(None, description="Folder of your own models; they go before the shipped ones.")
    runtime: Runtime | None = Field(None, description="What runs the models; the first installed one by default.")
    framing: Framing = Field(
        Framing.AUTO, description="Where the hand is: found anywhere (auto), in the guide box, or the whole frame."
    )
    hand: HandChoice = Field(HandChoice.RAISED, description="Which of two hands is read.")
    reader: ReaderMode = Field(
        ReaderMode.AUTO,
        description="Which network reads: auto (the model's reader selected frames, less under load), small, or large.",
    )
    where: Literal["server", "phone"] = Field(
        "server",
        description="Where phones' letters are read unless a person chooses: on this computer, or in the phone's own "
        "browser, which sends letters and no video.",
    )
    word_pause: float = Field(
        1.0,
        ge=0,
        le=MAX_PAUSE_S,
        description="Seconds with the hand lowered, gone or at rest after which a word ends; 0: never.",
    )
    sentence_pause: float = Field(
        4.0, ge=0, le=MAX_PAUSE_S, description="The same of a sentence, at least that of a word; 0: never."
    )
    own_words: Path | None = Field(
        None, description="Text file with your own words and names, one per line, for word suggestions."
    )
    host: str = Field("127.0.0.1", description="Address of the plain HTTP listener for this computer.")
    port: int = Field(8080, ge=0, le=65535, description="Port of the plain HTTP listener; 0 takes a free one.")
    lan: bool = Field(True, description="Also listen with HTTPS on every address, for phones.")
    lan_port: int = Field(8443, ge=0, le=65535, description="Port of the HTTPS listener; 0 takes a free one.")
    state_dir: Path = Field(
        default_factory=default_state_dir,
        description="Where the certificate and the tokens live (readable by the owner only).",
    )
    publish_token: SecretStr | None = Field(
        None, description="Token a camera must show; made and kept in the state folder when not given."
    )
    view_token: SecretStr | None = Field(
        None, description="Token a viewer off this computer must show; made and kept when not given."
    )
    ice_servers: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="STUN/TURN URLs for phones off the LAN, comma separated; none by default."
    )
    turn_secret: SecretStr | None = Field(
        None, description="Secret shared with the TURN relays; each session then gets credentials for an hour."
    )
    mdns_name: str = Field(
        "streamsign", description="Name this server answers to on its network, as NAME.local; 'none' for no name."
    )
    advertise_address: str | None = Field(
        None, description="IP address others reach this server by, where it cannot know: in a container, behind NAT."
    )
    public_url: str | None = Field(
        None, description="Address of a reverse proxy or tunnel in front, e.g. https://captions.example.org: for links."
    )
    nats: SecretStr | None = Field(
        None,
        description="Address of NATS in a cluster, e.g. tls://user:password@nats.example.org:4222.",
    )
    nats_credentials: Path | None = Field(None, description="File with this program's NATS credentials (.creds).")
    nats_ca: Path | None = Field(
        None, description="Certificate of the authority that signed NATS's certificate; by default those of the system."
    )
    workers: str | None = Field(
        None,
        description="`serve` only: processes that read cameras, a number or auto (one a core). Without it, one process "
        "does everything.",
    )
    cores: int | None = Field(None, ge=1, description="Cores that this process may use; all by default.")
    metrics_host: str = Field("127.0.0.1", description="Address of a worker's listener for Prometheus.")
    metrics_port: int = Field(
        9101, ge=0, le=65535, description="Port of a worker's listener for Prometheus; 0 takes a free one."
    )
    drain_s: float = Field(
        30, ge=0, description="Seconds that the cameras of a worker that stops have to move to other workers."
    )
    source: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        repr=False,  # it may hold a password
        description="Camera that the server fetches itself: an rtsp:// or http:// URL (MJPEG, HLS). May be repeated.",
    )
    room: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Room of the --source at the same position, or main. Repeat it as often as --source.",
    )
    collection: Path | None = Field(
        None, description="Folder of the hands that people record of themselves; `collected` in the state folder."
    )
    max_pictures: int = Field(
        20_000, ge=0, description="Collected pictures that may be stored; one more is answered 507. 0 stores none."
    )
    stall_after_s: float = Field(2.0, gt=0, description="Silence after which a camera counts as stalled.")
    close_after_s: float = Field(
        8.0, gt=0, description="Silence after which its session is closed, at least that of a stalled camera."
    )
    keep_log: bool = Field(
        True, description="Keep captions in the state folder, so that a restart loses nothing; else in memory only."
    )
    retention: float = Field(30, ge=0, description="Days for which captions are kept; 0 keeps them for ever.")
    max_rooms: int = Field(1024, ge=1, description="Rooms in memory at a time; one more is refused (503, 4429).")
    max_viewers: int = Field(2000, ge=1, description="Viewers at a time; one more is closed with 4429.")
    sessions_per_device: int = Field(
        2, ge=1, description="Cameras of one paired device at a time; a new one replaces the oldest."
    )
    max_sessions: int = Field(32, ge=1, description="Cameras at a time; one more is answered 503.")
    max_cpu: float = Field(
        0.9, gt=0, le=1, description="Share of the cores in use from which a new camera is answered 503; 1 for never."
    )
    max_sdp_bytes: int = Field(
        262_144, ge=1024, description="Longest SDP offer or fragment; a longer one is answered 413."
    )
    max_pixels: int = Field(
        2_304_000, ge=4096, description="Width times height of the largest picture that is decoded (1920x1200)."
    )
    max_frame_rate: float = Field(
        60, ge=1, description="Most frames a second that are read of one camera; beyond it, the newest ones."
    )
    max_message_bytes: int = Field(
        16_384, ge=4096, description="Longest websocket message of a viewer; a longer one closes it with 1009."
    )
    messages_per_s: float = Field(
        50, ge=1, description="Messages a second of a viewer, 4 seconds' worth at once; more close it with 4429."
    )
    header_timeout_s: float = Field(
        10, gt=0, description="Time for the header of an HTTP request, and idle time between two requests."
    )
    body_timeout_s: float = Field(20, gt=0, description="Time for the body of an HTTP request.")
    send_timeout_s: float = Field(
        30, gt=0, description="Time in which a client must take something of what waits for it, or it is disconnected."
    )
    max_connections: int = Field(4096, ge=8, description="HTTP connections at a time; one more is closed at once.")
    connections_per_address: int = Field(
        256, ge=4, description="HTTP connections at a time from one address; loopback is exempt."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")
    log_json: bool = Field(False, description="Log one JSON object a line.")
    trace_endpoint: str | None = Field(
        None,
        description="OTLP/HTTP address that receives a trace of each letter, e.g. http://localhost:4318/v1/traces.",
    )

    def load_model(self) -> Model:
        """The model, checked.

        Raises:
            ModelError: it cannot be used.
        """
        return load_model(self.model, models=self.models, runtime=self.runtime)

    @property
    def collection_folder(self) -> Path:
        """The folder of collected hands; it is made when the first picture is stored."""
        return self.collection or self.state_dir / "collected"

    @property
    def pauses(self) -> PauseRule:
        """The pauses that end words and sentences."""
        return PauseRule(word_s=self.word_pause, sentence_s=self.sentence_pause)

    @property
    def sources(self) -> list[tuple[str, str]]:
        """URL and room of each camera that the server fetches itself."""
        return list(zip(self.source, self.room or ("main",) * len(self.source), strict=True))

    @field_validator("sentence_pause")
    @classmethod
    def _not_before_the_word(cls, value: float, info: ValidationInfo) -> float:
        require_word_first(info.data.get("word_pause", 0.0), value)
        return value

    @field_validator("close_after_s")
    @classmethod
    def _not_before_it_stalls(cls, value: float, info: ValidationInfo) -> float:
        stall_after_s = info.data.get("stall_after_s", 0.0)
        if value < stall_after_s:
            raise ValueError(
                f"a session would be closed after {value:g} s, before its camera counts as stalled after "
                f"{stall_after_s:g} s; choose at least {stall_after_s:g} s, or less for stall_after_s"
            )
        return value

    @field_validator("source", "room", mode="before")
    @classmethod
    def _split_words(cls, value: object) -> object:
        return tuple(value.split()) if isinstance(value, str) else value  # a URL may contain commas

    @field_validator("source")
    @classmethod
    def _are_urls(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.match(r"[a-z][a-z0-9+.-]*://[^/\s]", url, re.IGNORECASE) for url in urls):
            raise ValueError(
                "a source is not a URL such as http://192.168.1.20:8080/video or rtsp://192.168.1.20/stream"
            )
        return urls

    @field_validator("room")
    @classmethod
    def _one_for_each_source(cls, rooms: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for room in rooms:
            if not ROOM_PATTERN.fullmatch(room):
                raise ValueError(f"'{room}' is not a room's name: 1 to 64 letters, digits, - or _")
        sources = info.data.get("source")
        if rooms and sources is not None and len(rooms) != len(sources):
            raise ValueError(
                f"--source names {len(sources)} and --room {len(rooms)}: pass one --room for each, or none"
            )
        return rooms

    @field_validator("workers")
    @classmethod
    def a_number_of_workers(cls, value: str | None) -> str | None:
        """The setting ``workers`` if it can be used.

        Raises:
            ValueError: it is neither auto nor a number from 1 to 99.
        """
        if value is not None and not re.fullmatch(r"auto|[1-9][0-9]?", value):
            raise ValueError(f"'{value}' is neither auto nor a number from 1 to 99; leave it out for one process")
        return value

    @field_validator("trace_endpoint")
    @classmethod
    def _an_http_url(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^\s]+", value):
            raise ValueError(f"'{value}' is not an address such as http://localhost:4318/v1/traces")
        return value

    @field_validator("advertise_address")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        return None if value is None else str(ipaddress.ip_address(value))

    @field_validator("mdns_name")
    @classmethod
    def _a_label(cls, value: str) -> str:
        # One label of a host name (RFC 1123, section 2.1), short enough for "-2" behind it.
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]{0,58}[A-Za-z0-9])?", value):
            raise ValueError(f"'{value}' is not a name such as streamsign: letters, digits and - within")
        return "" if value.lower() == "none" else value.lower()

    @field_validator("public_url")
    @classmethod
    def _an_https_origin(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https://[^/?#\s]+/?", value):
            raise ValueError(f"'{value}' is not an address such as https://captions.example.org, without a path")
        return None if value is None else value.rstrip("/")

    @field_validator("ice_servers", mode="before")
    @classmethod
    def _split_urls(cls, value: object) -> object:
        return tuple(url.strip() for url in value.split(",") if url.strip()) if isinstance(value, str) else value

    @field_validator("ice_servers")
    @classmethod
    def _known_scheme(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        for url in urls:
            if not re.match(r"(stun|turn)s?:[^\s]+$", url):
                raise ValueError(f"'{url}' is not a STUN or TURN URL such as stun:stun.example.org:3478")
        return urls


def read_settings(**given: object) -> Settings:
    """Settings from the given flags (``None`` means not given), then ``STREAMSIGN_*`` variables, then defaults.

    Raises:
        SettingsError: naming every value that cannot be used and how it is spelled as a variable.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        problems = [_problem(item) for item in error.errors()]
        raise SettingsError(
            "These settings cannot be used: " + "; ".join(problems),
            "Correct the flag, or the STREAMSIGN_* variable of the same name; `streamsign serve --help` lists them.",
        ) from error


def _problem(item: ErrorDetails) -> str:
    """What is wrong with one setting, with its value."""
    name = ".".join(str(part) for part in item["loc"])
    own = item["msg"].removeprefix("Value error, ")  # our own messages name the value
    if own != item["msg"] or name == "source":  # a source may hold a password
        return f"{name}: {own}"
    return f"{name}: {own} (got {item['input']!r})"

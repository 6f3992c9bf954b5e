"""SDP as text: session lines and media sections with their attributes (RFC 8866). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

STATIC_AUDIO = {"0": "PCMU", "8": "PCMA", "9": "G722"}
"""Audio payload types that need no rtpmap (RFC 3551 section 6)."""

DIRECTIONS = ("sendonly", "sendrecv", "recvonly", "inactive")


@dataclass(slots=True)
class Section:
    """A media section: its ``m=`` line and all lines up to the next one, without line ends.

    Raises:
        ValueError: the ``m=`` line has no kind, port, protocol and format, or its port is not a number.
    """

    lines: list[str]
    kind: str = field(init=False)
    port: int = field(init=False)
    protocol: str = field(init=False)
    formats: list[str] = field(init=False)

    def __post_init__(self) -> None:
        words = self.lines[0].removeprefix("m=").split()
        if len(words) < 4:
            raise ValueError(f"'{self.lines[0][:80]}' is not a media line")
        self.kind, port, self.protocol, self.formats = words[0], words[1], words[2], words[3:]
        number = port.partition("/")[0]
        if not (number.isascii() and number.isdecimal() and len(number) <= 5 and int(number) < 65_536):
            raise ValueError(f"the port of '{self.lines[0][:80]}' is not a number from 0 to 65535")
        self.port = int(number)

    def values(self, name: str) -> list[str]:
        """Values of all ``a=name:value`` lines."""
        return attribute_values(self.lines, name)

    def value(self, name: str) -> str | None:
        """Value of the first ``a=name:value`` line, None without one."""
        return next(iter(self.values(name)), None)

    def has(self, name: str) -> bool:
        """Whether there is a line ``a=name``, with or without a value."""
        return any(line == f"a={name}" or line.startswith(f"a={name}:") for line in self.lines)

    @property
    def direction(self) -> str | None:
        """The section's own direction, None when it names none."""
        return next((line[2:] for line in self.lines if line[2:] in DIRECTIONS and line.startswith("a=")), None)

    def of_format(self, name: str, payload_type: str) -> list[str]:
        """Values of attributes such as ``rtpmap``, ``fmtp`` and ``rtcp-fb`` that are about one payload type."""
        split = (value.partition(" ") for value in self.values(name))
        return [rest for number, _, rest in split if number == payload_type]

    def codec(self, payload_type: str) -> str:
        """Name of a payload type's codec in capitals; empty when the section does not name it."""
        named = self.of_format("rtpmap", payload_type)
        if named:
            return named[0].partition("/")[0].upper()
        return STATIC_AUDIO.get(payload_type, "") if self.kind == "audio" else ""

    def fmtp(self, payload_type: str) -> str:
        """Format parameters of a payload type; empty without any."""
        return "".join(self.of_format("fmtp", payload_type)[:1])


def split_sdp(text: str) -> tuple[list[str], list[Section]]:
    """Session lines and media sections of an SDP text with any line ends.

    Raises:
        ValueError: a media line is malformed.
    """
    session: list[str] = []
    groups: list[list[str]] = []
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("m="):
            groups.append([line])
        elif line:
            (groups[-1] if groups else session).append(line)
    return session, [Section(lines) for lines in groups]


def join_sdp(session: Sequence[str], sections: Sequence[Sequence[str]]) -> str:
    """The text of session lines and sections, with the line ends that RFC 8866 asks for."""
    return "".join(f"{line}\r\n" for line in [*session, *(line for lines in sections for line in lines)])


def attribute_values(lines: Sequence[str], name: str) -> list[str]:
    """Values of all ``a=name:value`` among some lines."""
    prefix = f"a={name}:"
    return [line.removeprefix(prefix).strip() for line in lines if line.startswith(prefix)]


def bundle_of(session: Sequence[str]) -> list[str]:
    """Media identifiers of the first BUNDLE group (RFC 8843); empty without one."""
    groups = (value.split() for value in attribute_values(session, "group"))
    return next((words[1:] for words in groups if words and words[0] == "BUNDLE"), [])

"""Log lines."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator

import pytest

from streamsign.server.process.logs import JsonFormatter, set_up_logs


@pytest.fixture
def kept_logging() -> Iterator[None]:
    """Puts the root logger back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers[:]:
        root.removeHandler(handler)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    for name in ("streamsign", "aiortc", "aioice"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def test_a_line_is_one_json_object() -> None:
    """Newlines, quotes and a traceback stay inside one line that parses."""
    try:
        raise ValueError("broken\nin two")
    except ValueError:
        record = logging.LogRecord("streamsign.x", logging.ERROR, __file__, 1, 'a "%s"\nb', ("č",), sys.exc_info())
    line = JsonFormatter().format(record)
    assert "\n" not in line
    reported = json.loads(line)
    assert (reported["level"], reported["logger"], reported["message"]) == ("error", "streamsign.x", 'a "č"\nb')
    assert "ValueError" in reported["traceback"]
    assert reported["time"].endswith("+00:00")


def test_identifiers_are_fields_of_their_own() -> None:
    """Each name=%s of a message is a field with its value and type; other values and a literal % are not."""
    message = "100 %% of %s session=%s room=%r duration_s=%.1f frames=%d reason=%s"
    record = logging.LogRecord("x", logging.INFO, __file__, 1, message, ("it", "ab12", "main", 2.25, 7, None), None)
    line = json.loads(JsonFormatter("worker").format(record))
    found = {name: line[name] for name in ("session", "room", "duration_s", "frames", "reason")}
    assert found == {"session": "ab12", "room": "main", "duration_s": 2.25, "frames": 7, "reason": None}
    assert line["message"] == "100 % of it session=ab12 room='main' duration_s=2.2 frames=7 reason=None"
    assert line["process"].startswith("worker:")


@pytest.mark.parametrize("arguments", [(), ({"time": "forged"},)])
def test_a_message_cannot_replace_the_line_s_own_fields(arguments: tuple[object, ...]) -> None:
    """Identifiers named time, level or message lose to the line's own, and arguments by name are left alone."""
    template = "hello time=%(time)s" if arguments else "hello time=now"
    line = json.loads(JsonFormatter().format(logging.LogRecord("x", 20, __file__, 1, template, arguments, None)))
    assert line["time"].endswith("+00:00")
    record = logging.LogRecord("x", 20, __file__, 1, "level=%s", ("forged",), None)
    assert json.loads(JsonFormatter().format(record))["level"] == "info"


@pytest.mark.usefixtures("kept_logging")
def test_own_level_is_set_and_libraries_stay_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    """At level debug streamsign logs, and the WebRTC libraries, which log addresses, do not."""
    set_up_logs("debug", as_json=True)
    logging.getLogger("streamsign.test").debug("mine")
    logging.getLogger("aioice").info("192.0.2.1")
    lines = capsys.readouterr().err.splitlines()
    assert [json.loads(line)["message"] for line in lines] == ["mine"]

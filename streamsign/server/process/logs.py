"""Logs as text lines or as JSON lines."""

from __future__ import annotations

import datetime
import json
import logging
import os
import re
import sys

_CONVERSION = re.compile(r"(?:\b(\w+)=)?%(?:%|[-#0 +]*\d*(?:\.\d+)?[hlL]?[a-zA-Z])")


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (ISO 8601, UTC), level, process, logger, message, and the traceback if there is one.

    Each ``name=%s`` of a message is a field of that name as well, so that ``session`` finds the lines of one session in
    the logs of all processes.

    Args:
        process: role of the process and its number.
    """

    def __init__(self, process: str = "serve") -> None:
        super().__init__()
        self._process = f"{process}:{os.getpid()}"

    def format(self, record: logging.LogRecord) -> str:
        """The line for a record."""
        fields = _identifiers(record) | {
            "time": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(),
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


def _identifiers(record: logging.LogRecord) -> dict[str, object]:
    """What a message names as ``name=%s``, with the type of the argument."""
    if not isinstance(record.args, tuple) or not isinstance(record.msg, str):
        return {}
    conversions = [found for found in _CONVERSION.finditer(record.msg) if not found[0].endswith("%%")]
    return {
        found[1]: value if isinstance(value, (str, int, float, type(None))) else str(value)
        for found, value in zip(conversions, record.args, strict=False)
        if found[1]
    }


def set_up_logs(level: str, as_json: bool, process: str = "serve") -> None:
    """Send streamsign's log to stderr at a level. Other libraries log warnings and errors only.

    Args:
        level: debug, info, warning or error.
        as_json: whether a line is a JSON object.
        process: role of this process in JSON lines: "serve", "gateway" or "worker".
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(process) if as_json else logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("streamsign").setLevel(level.upper())
    # SDP and candidates carry addresses; aiortc logs them at level info.
    for name in ("aiortc", "aioice"):
        logging.getLogger(name).setLevel(logging.WARNING)

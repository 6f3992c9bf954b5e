"""Writes both interface documents into a folder: ``python -m streamsign.server.documents docs/reference``."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from streamsign.server.app import create_app
from streamsign.server.documents import asyncapi
from streamsign.settings import read_settings


def write(folder: Path) -> None:
    """Write openapi.json and asyncapi.json.

    Raises:
        OSError: a file cannot be written.
    """
    with tempfile.TemporaryDirectory() as state:
        openapi = create_app(read_settings(state_dir=Path(state))).openapi()
    for name, document in (("openapi", openapi), ("asyncapi", asyncapi.document())):
        (folder / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))

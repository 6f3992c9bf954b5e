"""The HTTP interface as an OpenAPI document, as the server shows it at /openapi.json; `make api` writes it."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from streamsign.server.app import create_app
from streamsign.settings import read_settings


def document() -> dict[str, Any]:
    """The document, as JSON values."""
    with tempfile.TemporaryDirectory() as folder:
        return create_app(read_settings(state_dir=Path(folder))).openapi()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2) + "\n")

"""server/documents/__main__.py: the documents in docs/reference are up to date."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streamsign.server.documents.__main__ import write
from tests.conftest import ROOT


@pytest.mark.parametrize("name", ["openapi.json", "asyncapi.json"])
def test_the_written_document_is_the_current_one(tmp_path: Path, name: str) -> None:
    """docs/reference has what the code generates; `make api` updates it."""
    write(tmp_path)
    written = json.loads((ROOT / "docs/reference" / name).read_text(encoding="utf-8"))
    assert written == json.loads((tmp_path / name).read_text(encoding="utf-8"))

"""server/documents/openapi.py: the written document is the server's own."""

from __future__ import annotations

import json

from streamsign.server.documents.openapi import document
from tests.conftest import ROOT


def test_the_written_document_is_the_current_one() -> None:
    """docs/reference/openapi.json says what the code does; `make api` brings it up to date."""
    assert json.loads((ROOT / "docs/reference/openapi.json").read_text(encoding="utf-8")) == document()


def test_what_programs_use_is_in_it() -> None:
    """Publishing, pairing, editing, transcripts and the feeds are described."""
    paths = document()["paths"]
    for path in ("/whip", "/pair", "/rooms/{room}/edits", "/rooms/{name}/transcript.{kind}", "/rooms/{name}/live.vtt"):
        assert path in paths, path

"""deploy/pin_images.py: digests behind the tags of images."""

from __future__ import annotations

import importlib.util
import re
from typing import Any

import pytest

from tests.conftest import ROOT

DIGEST = f"sha256:{'a' * 64}"


@pytest.fixture
def pins() -> Any:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("pin_images", ROOT / "deploy" / "pin_images.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_image_of_the_files_gets_its_digest(pins: Any) -> None:
    """All images but our own are pinned, once and again with another digest, and nothing else changes."""
    for name in pins.FILES:
        text = (ROOT / name).read_text(encoding="utf-8")
        once = pins.pinned(text, lambda _: DIGEST)
        images = re.findall(r"^(?:FROM|\s+image:) (\S+)", once, re.MULTILINE)
        assert [image for image in images if not image.startswith("streamsign:") and DIGEST not in image] == []
        assert DIGEST in once
        assert once.replace(f"@{DIGEST}", "") == re.sub(r"@sha256:[0-9a-f]{64}", "", text)
        assert pins.pinned(once, lambda _: DIGEST.replace("a", "b")) == once.replace(DIGEST, DIGEST.replace("a", "b"))


def test_our_own_image_has_no_digest(pins: Any) -> None:
    """It is built from these files, so no registry knows it."""
    text = "    image: streamsign:0.1.0\n    image: coturn/coturn:4.6.3\n"
    assert pins.pinned(text, lambda tag: f"{tag}!") == (
        "    image: streamsign:0.1.0\n    image: coturn/coturn:4.6.3@coturn/coturn:4.6.3!\n"
    )


def test_without_docker_the_error_says_what_to_do(pins: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is changed, and the words name Docker."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match="Docker is not installed"):
        pins.ask("coturn/coturn:4.6.3")

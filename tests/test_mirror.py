"""Each source file has a test file of its name, and each test file a source or a reason."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import ROOT

WHOLE = {
    "benchmarks",  # mirrors benchmarks/
    "deploy",  # the wheel, the pinned packages and compose files
    "docs",  # README, links, examples
    "e2e",  # browsers and real senders
}
"""Folders of tests of other things than one file of streamsign/."""

SEVERAL_FILES = {
    "cluster/test_attacks.py": "a cluster under forged keys, false answers and strangers",
    "cluster/test_contract.py": "rooms with a log in this process and on NATS, by one contract",
    "recognition/test_recognizer_reader.py": "the recognizer with a reader beside the classifier",
    "server/test_attacks.py": "every address under hostile input",
    "server/test_conformance.py": "the running application against its OpenAPI document",
    "server/test_expected_ends.py": "logs of connections that end without a goodbye",
    "server/test_huge_pictures.py": "a server under cameras with huge pictures",
    "server/test_limits.py": "settings that limit what a server takes",
    "server/test_parallel.py": "one thing from many requests at once",
    "server/test_raw_requests.py": "requests that no browser sends",
    "server/test_reverse_proxy.py": "behind nginx and Caddy",
    "server/test_strict_numbers.py": "the bodies of requests to every address",
    "server/test_web_words.py": "English and Indonesian texts of the pages",
    "test_mirror.py": "this",
    "test_virtual_time.py": "the event loop of tests that wait only for timers",
}
"""Tests that need several source files at once."""


def expected_test(source: Path) -> Path:
    """Path under tests/ for a path under streamsign/: ``__init__.py`` and ``__main__.py`` lose their underscores."""
    return source.with_name(f"test_{source.stem.strip('_')}.py")


def test_every_source_has_its_test() -> None:
    """A file of streamsign/ without tests/.../test_NAME.py fails; empty packages need none."""
    sources = [path for path in (ROOT / "streamsign").rglob("*.py") if not path.name.startswith("__")]
    missing = [
        str(path.relative_to(ROOT))
        for path in sources
        if not (ROOT / "tests" / expected_test(path.relative_to(ROOT / "streamsign"))).is_file()
    ]
    assert len(sources) > 100
    assert missing == []


def test_every_test_has_its_source() -> None:
    """A test file whose source was moved or removed fails, unless it names several files as its subject."""
    sources = {expected_test(path.relative_to(ROOT / "streamsign")) for path in (ROOT / "streamsign").rglob("*.py")}
    tests = [path.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")]
    mirrored = [path for path in tests if path.parts[0] not in WHOLE]
    orphans = [str(path) for path in mirrored if path not in sources and str(path) not in SEVERAL_FILES]
    assert len(mirrored) > 100
    assert orphans == []
    assert [name for name in SEVERAL_FILES if not (ROOT / "tests" / name).is_file()] == []

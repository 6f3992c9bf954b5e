"""docs/reference/compatibility.md is what its command writes."""

from __future__ import annotations

import re

from tests.compatibility import CLIENTS, ROOT, document


def test_the_page_is_up_to_date() -> None:
    """The page has the tests' words and the offers' answers; the versions are those of the computer that wrote it."""
    page = (ROOT / "docs" / "reference" / "compatibility.md").read_text(encoding="utf-8")
    clients = page.partition("## What does not work")[0]
    versions = dict(re.findall(r"^\| ([^|]+) \| ([^|]*) \| .*test_\w+\.py\) \|$", clients, re.MULTILINE))
    assert list(versions) == list(CLIENTS)
    assert all(versions.values())
    assert page == document(versions)

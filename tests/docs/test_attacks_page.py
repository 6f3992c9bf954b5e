"""docs/attacks.md: every row is a test, and has its answer."""

from __future__ import annotations

import re

from tests.conftest import ROOT
from tests.server.test_raw_requests import ROWS

ATTACKS, _, REQUESTS = (ROOT / "docs/attacks.md").read_text(encoding="utf-8").partition("## Requests byte by byte")


def test_every_attack_names_its_test() -> None:
    """Each row of the first table names a test that is there; both tables together have more than seventy rows."""
    named = re.findall(r"`([\w/]+\.py)::(\w+)` \|$", ATTACKS, re.MULTILINE)
    assert len(named) == ATTACKS.count("\n| ") - 1
    assert [f"{file}::{test}" for file, test in named if not _defines(file, test)] == []
    assert len(named) + len(ROWS) > 70


def _defines(file: str, test: str) -> bool:
    code = (ROOT / "tests" / file).read_text(encoding="utf-8")
    return re.search(rf"^(async )?def {test}\(", code, re.MULTILINE) is not None


def test_the_requests_are_those_of_the_test() -> None:
    """The second table has the requests and statuses that the test sends and expects."""
    listed = re.findall(r"^\| (.*) \| (\d+) \|$", REQUESTS, re.MULTILINE)
    assert listed == [(name, str(status)) for name, (_, status) in ROWS.items()]

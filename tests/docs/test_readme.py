"""README.md: its figures are those of the shipped models' cards."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize("model", ["celov", "alphabet"])
def test_its_accuracies_are_the_cards(model: str) -> None:
    """A model that is trained anew changes its card; the README must follow."""
    card = (ROOT / "models" / model / "CARD.md").read_text(encoding="utf-8")
    found = re.search(r"\| accuracy, mean over signer groups \| ([\d.]+) % \(([\d.]+) % to ([\d.]+) %\)", card)
    assert found is not None
    assert f"{found[1]} % ({found[2]}–{found[3]})" in (ROOT / "README.md").read_text(encoding="utf-8")

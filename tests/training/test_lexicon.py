"""The list of names for word suggestions."""

from pathlib import Path

import pytest

import streamsign.captions
from streamsign.training.lexicon import COUNTRIES, country_lists, names_file, shares


def test_the_shipped_list_is_what_the_command_writes() -> None:
    """The file in the package is that of the pinned Faker, byte for byte; it names its source and license."""
    shipped = Path(streamsign.captions.__file__).with_name("vocabulary") / "names.txt"
    written = names_file()
    assert shipped.read_text("utf-8") == written
    assert "Faker" in written
    assert "MIT license" in written


@pytest.mark.parametrize("locale", COUNTRIES)
def test_every_country_has_names(locale: str) -> None:
    """First names or surnames in Latin letters, and no placeholder."""
    names = shares(country_lists(locale))
    assert len(names) > 50
    assert "DOE" not in names or locale.startswith("en")


def test_lists_count_alike_and_accents_go() -> None:
    """A long list and a short one have equal parts; parts of a double name are names of their own."""
    found = shares([{"Noël": 3.0, "Jean-Luc": 1.0}, {"Łukasz": 1.0, "O'Neil": 1.0}])
    assert found == pytest.approx({"NOEL": 0.3, "JEAN": 0.1, "LUC": 0.1, "LUKASZ": 0.25, "ONEIL": 0.25})

"""Writes ``captions/vocabulary/names.txt``: first names and surnames of many countries, for word suggestions.

They come from the person providers of Faker (https://github.com/joke2k/faker, MIT license), which lists the names of
each country apart, some with their frequencies. Run ``python -m streamsign.training.lexicon`` after an update of Faker.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import math
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from streamsign.captions.words import plain

COUNTRIES = (
    "az_AZ", "cs_CZ", "da_DK", "de_AT", "de_CH", "de_DE", "en_GB", "en_IE", "en_IN", "en_KE", "en_NG", "en_NZ", "en_PK",
    "en_US", "es_AR", "es_CL", "es_CO", "es_ES", "es_MX", "et_EE", "fi_FI", "fr_BE", "fr_CA", "fr_CH", "fr_DZ", "fr_FR",
    "hr_HR", "hu_HU", "id_ID", "is_IS", "it_IT", "lt_LT", "lv_LV", "nl_BE", "nl_NL", "no_NO", "pl_PL", "pt_BR", "pt_PT",
    "ro_RO", "sk_SK", "sl_SI", "sv_SE", "sw", "tr_TR", "tw_GH", "uz_UZ", "yo_NG", "zu_ZA",
)  # fmt: skip
"""Faker's locales whose names are written in Latin letters."""

SPOKEN = {"en_US": 3.0, "en_GB": 3.0, "id_ID": 6.0}
"""Weight of the countries of the shipped languages, English and Indonesian; that of the others is 1."""

MOST, SHORTEST, LONGEST = 20_000, 2, 12
"""Names in the file, and letters of the shortest and the longest one."""

_KINDS = ("first_names", "last_names")


def shares(lists: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Share of each name when every list counts as much as the others.

    Args:
        lists: names with weights above 0, as they are written.
    """
    total: dict[str, float] = {}
    for names in lists:
        parts = [(part, weight) for name, weight in names.items() for part in _parts(name)]
        known = sum(weight for _, weight in parts)
        for part, weight in parts:
            total[part] = total.get(part, 0.0) + weight / known
    return {name: share / sum(total.values()) for name, share in total.items()}


def _parts(name: str) -> list[str]:
    return [part for part in plain(name) if SHORTEST <= len(part) <= LONGEST]


def country_lists(locale: str) -> list[dict[str, float]]:
    """The lists of first names and of surnames of one of Faker's locales, with weights.

    Raises:
        ModuleNotFoundError: Faker is not installed; the extra ``dev`` brings it.
    """
    base: Any = importlib.import_module("faker.providers.person").Provider
    provider: Any = importlib.import_module(f"faker.providers.person.{locale}").Provider
    lists = []
    for attribute in sorted(dir(provider)):
        value = getattr(provider, attribute)
        # Locales without names of a kind inherit placeholders, such as John Doe.
        if attribute.startswith(_KINDS) and value is not getattr(base, attribute, None):
            if isinstance(value, Mapping):
                lists.append({str(name): float(weight) for name, weight in value.items()})
            elif isinstance(value, list | tuple | set):
                lists.append(dict.fromkeys(map(str, value), 1.0))
    return [names for names in lists if any(map(_parts, names))]


def names_file(countries: Collection[str] = COUNTRIES) -> str:
    """The file: names by Zipf frequency (log10 per billion names), the most frequent first.

    Raises:
        ModuleNotFoundError: Faker is not installed.
    """
    total: dict[str, float] = {}
    for locale in countries:
        for name, share in shares(country_lists(locale)).items():
            total[name] = total.get(name, 0.0) + SPOKEN.get(locale, 1.0) * share
    kept = sorted(total, key=lambda name: (-total[name], name))[:MOST]
    whole = sum(total[name] for name in kept)
    by_zipf: dict[str, list[str]] = {}
    for name in kept:
        by_zipf.setdefault(f"{9 + math.log10(total[name] / whole):.1f}", []).append(name.lower())
    version = importlib.metadata.version("faker")
    lines = [
        f"# {len(kept)} first names and surnames of {len(countries)} countries and languages, 2 to 12 plain letters: "
        "lines of names with their Zipf frequency (log10 per billion names).",
        f"# From the person providers of Faker {version} (https://github.com/joke2k/faker), copyright (c) 2012 Daniele "
        "Faraglia and contributors, MIT license (names.LICENSE). Written by `python -m streamsign.training.lexicon`.",
    ]
    lines += [f"{zipf} {' '.join(sorted(names))}" for zipf, names in by_zipf.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the file into the package."""
    path = Path(__file__).parents[1] / "captions" / "vocabulary" / "names.txt"
    path.write_text(names_file(), encoding="utf-8")


if __name__ == "__main__":
    main()

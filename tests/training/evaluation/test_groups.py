"""training/evaluation/groups.py: accuracy by what a picture shows besides its letter."""

from __future__ import annotations

from streamsign.training.evaluation.groups import FEW_SIGNERS, Member, group_figures, rows_of, worse


def _members(size: str, signers: int, right: int, wrong: int, found: bool | None = None) -> list[Member]:
    return [
        Member(f"{size}{number % signers}", {"size": size}, number < right, found) for number in range(right + wrong)
    ]


def test_every_band_has_its_pictures_signers_and_shares() -> None:
    """A band without pictures has counts of 0 and no shares; a trait that no picture has is left out."""
    figures = group_figures([*_members("below 40", 2, 1, 3, True), *_members("80 and more", 1, 2, 0, False)])
    assert set(figures) == {"size"}
    assert list(figures["size"]) == ["below 40", "40 to 60", "60 to 80", "80 and more"]
    assert figures["size"]["below 40"] == {"images": 4, "signers": 2, "accuracy": 0.25, "found": 1.0}
    assert figures["size"]["40 to 60"] == {"images": 0, "signers": 0, "accuracy": None, "found": None}
    assert figures["size"]["80 and more"] == {"images": 2, "signers": 1, "accuracy": 1.0, "found": 0.0}
    assert [band for _, band, _ in rows_of({"groups": figures})] == list(figures["size"])


def test_nothing_is_found_where_nothing_was_looked_for() -> None:
    """With labeled boxes the share of hands found is None."""
    assert group_figures(_members("below 40", 2, 1, 3))["size"]["below 40"]["found"] is None
    assert group_figures([]) == {}
    assert worse({"groups": {}}) == []


def test_worse_groups_of_enough_signers_are_listed_worst_first() -> None:
    """A group of few signers and one that is as good as all pictures are not listed."""
    figures = {
        "groups": group_figures(
            [
                *_members("below 40", FEW_SIGNERS - 1, 0, 10),
                *_members("40 to 60", FEW_SIGNERS, 2, 8),
                *_members("60 to 80", FEW_SIGNERS, 5, 5),
                *_members("80 and more", FEW_SIGNERS, 99, 1),
            ]
        )
    }
    assert [(trait, band) for trait, band, _ in worse(figures)] == [("size", "40 to 60"), ("size", "60 to 80")]

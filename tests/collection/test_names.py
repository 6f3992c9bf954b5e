"""collection/names.py: the rules for names of letters, signers, sources and pictures."""

from __future__ import annotations

import pytest

from streamsign.collection.names import (
    ID,
    LETTER_RULE,
    SIGNER,
    SIGNER_RULE,
    check_letter,
    check_names,
    check_signer,
    new_id,
    new_signer,
)
from streamsign.errors import CollectionError


@pytest.mark.parametrize("label", ["A", "ng", "5", "A-B", "D'", "字", "A" * 16])
def test_letters_of_any_script_are_accepted(label: str) -> None:
    """A label has 1 to 16 letters and digits; it may have several, such as NG."""
    check_letter(label)


@pytest.mark.parametrize("label", ["", "_A", "A A", "../x", "A" * 17])
def test_an_invalid_letter_is_refused_with_the_rule(label: str) -> None:
    """The error states the rule as its next step."""
    with pytest.raises(CollectionError) as refused:
        check_letter(label)
    assert refused.value.next_step == LETTER_RULE


@pytest.mark.parametrize("label", ["none", "NONE", "None"])
def test_none_is_not_a_letter(label: str) -> None:
    """It is the label of hands that show no letter, in any case of its letters."""
    with pytest.raises(CollectionError) as refused:
        check_letter(label)
    assert "OTHER" in str(refused.value.next_step)


@pytest.mark.parametrize("name", ["", "a b", "é", "a__b", "A" * 41])
def test_an_invalid_signer_is_refused_with_the_rule(name: str) -> None:
    """The error states the rule as its next step."""
    with pytest.raises(CollectionError) as refused:
        check_signer(name)
    assert refused.value.next_step == SIGNER_RULE


def test_random_names_follow_the_rules() -> None:
    """A new picture and a new signer have valid names that differ."""
    assert ID.fullmatch(new_id())
    assert SIGNER.fullmatch(new_signer())
    assert len({new_id(), new_id(), new_signer(), new_signer()}) == 4


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("letter", "../A"), ("letter", ""), ("letter", "_"), ("letter", "A" * 17), ("signer", "a/b"),
        ("signer", "a__b"), ("signer", ""), ("source", "Phone"), ("id", "0123"),
    ],
)  # fmt: skip
def test_names_that_could_leave_the_folder_are_refused(column: str, value: str) -> None:
    """Each part of a path is a plain name."""
    row = {"letter": "A", "signer": "s-1", "source": "phone", "id": "0123456789ab"}
    check_names(row)
    with pytest.raises(ValueError, match=column):
        check_names({**row, column: value})

"""training/evaluation/wanted.py: what is missing of a letter."""

from __future__ import annotations

from streamsign.training.evaluation.survey import Surveyed
from streamsign.training.evaluation.wanted import ENOUGH, PROMPTS, VARIED, Wanted, wanted


def _picture(letter: str, signer: str = "s-1", prompt: str | None = None, *, band: str = "one") -> Surveyed:
    return Surveyed(signer, letter, "", dict.fromkeys(VARIED, band), True, prompt)


def _varied(letter: str, prompts: tuple[str | None, ...]) -> list[Surveyed]:
    """Enough pictures of two people, of more than one band in each trait."""
    return [
        _picture(letter, f"s-{number % 2}", prompts[number % len(prompts)], band=f"{number % 3}")
        for number in range(ENOUGH)
    ]


def test_a_letter_that_lacks_nothing_is_left_out() -> None:
    """Enough pictures of two people in several bands, and with all prompts where they were collected."""
    assert wanted(_varied("A", (None,))) == []
    assert wanted(_varied("A", PROMPTS)) == []


def test_few_and_uniform_pictures_are_named_with_what_to_record() -> None:
    """The number, each trait of one band, and another person; the letter with fewest pictures comes first."""
    found = wanted([_picture("B"), _picture("B"), _picture("A"), *_varied("C", (None,))], letters=["Z"])
    assert [(each.letter, each.pictures) for each in found] == [("Z", 0), ("A", 1), ("B", 2)]
    assert found[0].what == (f"{ENOUGH} more pictures",)
    assert found[1].what == (f"{ENOUGH - 1} more pictures", *VARIED.values(), "another person")


def test_prompts_that_were_not_recorded_are_named() -> None:
    """For pictures that were collected, each prompt counts once."""
    assert wanted(_varied("A", ("", "near", "far", "side"))) == [
        Wanted("A", ENOUGH, ("the prompts left, right, light",))
    ]

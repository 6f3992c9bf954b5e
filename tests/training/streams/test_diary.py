"""training/streams/diary.py: what was lost, mistaken or added, and why."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.events import Commit
from streamsign.training.streams.diary import Mistake, Reason, counts, diary, write_diary
from streamsign.training.streams.methods import Spelled
from streamsign.training.streams.readings import Readings
from streamsign.training.streams.record import TrueLetter

LETTERS = ("C", "E", "O")
PRIOR = np.full(4, 0.25)
LABELS = {"C": 1, "E": 2, "O": 3, "-": 0}


def mistakes(
    word: str, shown: str, *spelled: tuple[str, float], replaced: tuple[str, float] | None = None
) -> list[Mistake]:
    """A letter a second, held for its first half; what each hold shows ("-": none, "?": no hand); what was spelled."""
    truth = tuple(TrueLetter(letter=letter, start_s=float(n), end_s=n + 0.5) for n, letter in enumerate(word))
    times = np.arange(0, max(2, len(word)), 0.1)
    posterior = np.full((len(times), 4), np.nan)
    for number, label in enumerate(shown):
        if label != "?":
            frames = times.astype(int) == number
            posterior[frames] = 0.02
            posterior[frames, LABELS[label]] = 0.94
    unknown = np.full(len(times), np.nan)
    readings = Readings("case", "S", truth, 0, times, posterior, unknown, unknown, unknown, unknown, name="film")
    commits = [Commit(letter, 0.9, at_s, at_s) for letter, at_s in spelled]
    removed = [] if replaced is None else [Commit(replaced[0], 0.9, replaced[1], replaced[1])]
    return diary(readings, Spelled(commits, np.zeros(len(times), np.intp), removed), LETTERS, PRIOR, None)


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        ("C?O", Reason.NOT_FOUND),
        ("C-O", Reason.NONE),
        ("COO", Reason.MISTAKEN),
        ("CEO", Reason.TOO_SHORT),
    ],
)
def test_a_lost_letter_has_the_reason_its_hold_shows(shown: str, reason: Reason) -> None:
    """CEO read as CO: what the frames of E say decides why it is missing."""
    (found,) = mistakes("CEO", shown, ("C", 0.2), ("O", 2.2))
    assert (found.edit, found.reason, found.letter, found.start_s, found.read) == ("lost", reason, "E", 1.0, "")
    assert (found.stream, found.case, found.signer) == ("film", "case", "S")


@pytest.mark.parametrize("spelled", [(("C", 0.2), ("O", 2.2)), (("C", 0.2), ("C", 1.8), ("O", 2.2))])
@pytest.mark.parametrize("at_s", [0.8, 1.2, 1.6])
def test_a_letter_that_was_decided_and_removed_was_replaced(
    spelled: tuple[tuple[str, float], ...], at_s: float
) -> None:
    """CEO, whose E was decided in its hold or beside it: it is lost, or another letter is in its place."""
    (found,) = mistakes("CEO", "CEO", *spelled, replaced=("E", at_s))
    assert (found.letter, found.reason) == ("E", Reason.REPLACED)


@pytest.mark.parametrize("replaced", [("O", 1.2), ("E", 0.2), ("E", 2.2)])
def test_another_removed_letter_says_nothing_of_a_lost_one(replaced: tuple[str, float]) -> None:
    """CEO read as CO: another letter was removed, or an E at another letter's time."""
    (found,) = mistakes("CEO", "CEO", ("C", 0.2), ("O", 2.2), replaced=replaced)
    assert found.reason == Reason.TOO_SHORT


def test_a_double_that_is_read_once_was_merged() -> None:
    """COO read as CO: one O stands for both."""
    (found,) = mistakes("COO", "COO", ("C", 0.2), ("O", 1.2))
    assert (found.reason, found.letter) == (Reason.MERGED, "O")


def test_a_mistaken_letter_is_the_eye_or_the_way() -> None:
    """C read as E: the classifier said so in the hold, or the hold was right and E was passed."""
    (eye,) = mistakes("C", "E", ("E", 0.2))
    (way,) = mistakes("C", "C", ("E", 0.7))
    assert (eye.edit, eye.reason, eye.evidence) == ("mistaken", Reason.MISTAKEN, "E")
    assert (way.edit, way.reason, way.read) == ("mistaken", Reason.ON_THE_WAY, "E")


@pytest.mark.parametrize(
    ("added", "reason"),
    [(("C", 0.4), Reason.DOUBLED), (("E", 0.7), Reason.ON_THE_WAY), (("E", 0.4), Reason.MISTAKEN)],
)
def test_an_added_letter_has_the_reason_of_its_moment(added: tuple[str, float], reason: Reason) -> None:
    """CO read with a letter more: C again, E on the way, or E within a hold."""
    (found,) = mistakes("CO", "CO", ("C", 0.2), added, ("O", 1.2))
    assert (found.edit, found.reason, found.read, found.read_s) == ("added", reason, *added)


def test_a_double_doubles_a_letter_that_was_signed_and_read() -> None:
    """Two equal letters read where nothing is signed double nothing."""
    assert [found.reason for found in mistakes("", "", ("C", 0.2), ("C", 1.2))] == [Reason.ON_THE_WAY] * 2


@pytest.mark.parametrize(("at_s", "reason"), [(0.8, Reason.ON_THE_WAY), (1.3, Reason.MISTAKEN)])
def test_another_letter_in_a_hold_of_right_evidence_is_mistaken(at_s: float, reason: Reason) -> None:
    """E shows E and is read as O: during its hold it is mistaken, before it the O was passed on the way."""
    (found,) = mistakes("CEC", "CEC", ("C", 0.2), ("O", at_s), ("C", 2.2))
    assert (found.edit, found.reason, found.evidence) == ("mistaken", reason, "E")


def test_a_letter_that_is_added_twice_has_two_times() -> None:
    """Two E before the C, neither of which stands for a letter, are at their own times."""
    found = mistakes("CO", "CO", ("E", 0.05), ("E", 0.1), ("C", 0.2), ("O", 1.2))
    assert [(each.edit, each.read, each.read_s) for each in found] == [("added", "E", 0.05), ("added", "E", 0.1)]


def test_a_letter_that_was_read_in_its_time_is_not_a_mistake() -> None:
    """CEO read as O, E, E, O and the second E in its hold: C is mistaken, and the E on the way is added."""
    found = mistakes("CEO", "OEO", ("O", 0.2), ("E", 0.7), ("E", 1.2), ("O", 2.2))
    assert [(each.edit, each.letter, each.read, each.read_s) for each in found] == [
        ("mistaken", "C", "O", 0.2),
        ("added", "", "E", 0.7),
    ]


def test_a_word_that_is_right_has_no_mistakes() -> None:
    """Only mistakes are written."""
    assert mistakes("CEO", "CEO", ("C", 0.2), ("E", 1.2), ("O", 2.2)) == []


def test_mistakes_are_written_as_the_suffix_says(tmp_path: Path) -> None:
    """CSV with a head, or a JSON object a line; both hold the same."""
    found = mistakes("CEO", "C?O", ("C", 0.2), ("O", 2.2))
    write_diary(tmp_path / "a.csv", found)
    write_diary(tmp_path / "a.jsonl", found)
    with (tmp_path / "a.csv").open(newline="") as lines:
        (row,) = csv.DictReader(lines)
    (line,) = (tmp_path / "a.jsonl").read_text().splitlines()
    assert row["reason"] == json.loads(line)["reason"] == "not found"
    assert counts(found) == {"not found": 1}


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """The error names the file and the option."""
    with pytest.raises(TrainingError, match="cannot be written"):
        write_diary(tmp_path, [])

"""Lists the errors in streams: each letter that was lost, mistaken or added, with the most likely reason."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path

import numpy as np

from streamsign.errors import TrainingError
from streamsign.recognition.temporal import Posterior
from streamsign.training.streams.floor import evidence, frames_of
from streamsign.training.streams.hand_paths import HeldDrawings
from streamsign.training.streams.methods import Spelled
from streamsign.training.streams.readings import Readings
from streamsign.training.streams.record import TrueLetter
from streamsign.training.streams.score import align, is_signed

NOT_FOUND_BELOW = 0.5
"""Least share of a hold's frames with a hand; below it the hand counts as not found."""


class Reason(StrEnum):
    """Why a letter is wrong."""

    NOT_FOUND = "not found"  # the hand was found in less than half of the hold
    NONE = "none"  # the evidence of the hold is for none
    MISTAKEN = "mistaken"  # the evidence of the hold is for another letter, or another letter was committed in it
    MERGED = "merged with its neighbor"  # one of two equal letters is missing
    REPLACED = "replaced by a drawn letter"  # the letter was committed, and a drawn letter took its place
    TOO_SHORT = "too short"  # the evidence of the hold is right, but the letter was not committed
    ON_THE_WAY = "spelled on the way"  # a letter was committed between two holds, or before the first or after the last
    DOUBLED = "doubled on a slide"  # the letter before or after is right and equal


@dataclass(frozen=True, slots=True)
class Mistake:
    """One edit between the true and the spelled letters.

    Attributes:
        case, signer, stream: which stream.
        edit: "lost", "mistaken" or "added".
        reason: why.
        letter: the true letter; empty for an added one.
        start_s, end_s: its hold, seconds; None for an added letter.
        read: the spelled letter; empty for a lost one.
        read_s: when it was committed, seconds; None for a lost one.
        evidence: the letter that was drawn in the hold or has the most evidence in it, "none", or empty where no hand
            was found.
        found: share of the hold's frames with a hand; None for an added letter.
    """

    case: str
    signer: str
    stream: str
    edit: str
    reason: str
    letter: str
    start_s: float | None
    end_s: float | None
    read: str
    read_s: float | None
    evidence: str
    found: float | None


def diary(
    readings: Readings,
    spelled: Spelled,
    letters: Sequence[str],
    prior: Posterior,
    reader_prior: Posterior | None,
    drawings: HeldDrawings | None = None,
) -> list[Mistake]:
    """The errors of one stream, in the order of the edits.

    Args:
        readings: of the stream.
        spelled: result of a method.
        letters: the model's, in the posteriors' order.
        prior: see :func:`streamsign.training.streams.floor.evidence`.
        reader_prior: see :func:`streamsign.training.streams.floor.evidence`.
        drawings: see :func:`streamsign.training.streams.floor.floor_letters`.
    """
    commits = spelled.commits
    true, read = [each.letter for each in readings.truth], [commit.letter for commit in commits]
    pairs = dict(align(readings.truth, commits).pairs)
    mistakes = []
    for i, each in enumerate(readings.truth):
        j = pairs.get(i)
        if j is not None and true[i] == read[j]:
            continue
        found = float(np.isfinite(readings.posterior[frames_of(readings, each), 0]).mean())
        scores = evidence(readings, each, prior, reader_prior=reader_prior)
        favored = "" if not np.isfinite(scores).all() else ("none", *letters)[int(np.argmax(scores))]
        best_letter = "" if not favored else letters[int(np.argmax(scores[1:]))]
        drawn = None if drawings is None or not favored else drawings.letter(each)
        if drawn is not None:
            favored = best_letter = drawn
        neighbors = [n for n in (i - 1, i + 1) if 0 <= n < len(true) and true[n] == true[i]]
        merged = j is None and any(n in pairs and read[pairs[n]] == true[n] for n in neighbors)
        read_s = None if j is None else commits[j].captured_s
        reason = (
            Reason.REPLACED
            if _was_replaced(readings, i, spelled)
            else _reason_lost(each, found, favored, best_letter, merged=merged, read_s=read_s)
        )
        mistakes.append(
            Mistake(
                case=readings.case,
                signer=readings.signer,
                stream=readings.name,
                edit="lost" if j is None else "mistaken",
                reason=reason,
                letter=each.letter,
                start_s=each.start_s,
                end_s=each.end_s,
                read="" if j is None else read[j],
                read_s=read_s,
                evidence=favored,
                found=round(found, 3),
            )
        )
    stands_for = set(pairs.values())
    right = {j for i, j in pairs.items() if true[i] == read[j]}
    for j, commit in enumerate(commits):
        if j in stands_for:
            continue
        held = is_signed(readings.truth, commit.captured_s)
        again = any(near in right and read[near] == commit.letter for near in (j - 1, j + 1))
        reason = Reason.DOUBLED if again else Reason.MISTAKEN if held else Reason.ON_THE_WAY
        mistakes.append(
            Mistake(
                case=readings.case,
                signer=readings.signer,
                stream=readings.name,
                edit="added",
                reason=reason,
                letter="",
                start_s=None,
                end_s=None,
                read=commit.letter,
                read_s=commit.captured_s,
                evidence="",
                found=None,
            )
        )
    return mistakes


def _was_replaced(readings: Readings, place: int, spelled: Spelled) -> bool:
    """Whether a true letter was committed between the one before and the one after, and a drawn one took its place."""
    truth = readings.truth
    after_s = truth[place - 1].end_s if place else -math.inf
    until_s = truth[place + 1].start_s if place + 1 < len(truth) else math.inf
    return any(
        commit.letter == truth[place].letter and after_s <= commit.captured_s <= until_s for commit in spelled.replaced
    )


def _reason_lost(
    hold: TrueLetter, found: float, favored: str, best_letter: str, *, merged: bool, read_s: float | None
) -> Reason:
    """Why a letter was lost, or another committed at ``read_s`` in its place."""
    if found < NOT_FOUND_BELOW or not favored:
        return Reason.NOT_FOUND
    if merged:
        return Reason.MERGED
    if favored == "none":
        return Reason.NONE
    if best_letter != hold.letter:
        return Reason.MISTAKEN
    if read_s is None:
        return Reason.TOO_SHORT
    return Reason.MISTAKEN if hold.start_s <= read_s <= hold.end_s else Reason.ON_THE_WAY


def counts(mistakes: Iterable[Mistake]) -> dict[str, int]:
    """Number of errors by reason, most frequent first."""
    return dict(Counter(each.reason for each in mistakes).most_common())


def write_diary(path: Path, mistakes: Iterable[Mistake]) -> None:
    """Write one error a line: CSV with a header if the file's suffix is .csv, JSON lines otherwise.

    Raises:
        TrainingError: the file cannot be written.
    """
    rows = [asdict(each) for each in mistakes]
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            if path.suffix.lower() == ".csv":
                writer = csv.DictWriter(file, [each.name for each in fields(Mistake)])
                writer.writeheader()
                writer.writerows(rows)
            else:
                file.writelines(json.dumps(row) + "\n" for row in rows)
    except OSError as error:
        raise TrainingError(
            f"{path} cannot be written ({error.strerror}).", "Give --errors a file in a folder you may write to."
        ) from error

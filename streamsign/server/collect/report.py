"""Cleaning: what is in the collected hands, what is doubtful, and what to record next. For the owner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from streamsign.collection.folder import CollectedHands
from streamsign.errors import CollectionError, TrainingError
from streamsign.recognition.model import Model
from streamsign.recognition.reader import ReaderMode
from streamsign.server.cameras.here import require_cameras_here
from streamsign.server.collect.storage import in_folder
from streamsign.server.grants.guards import require_owner
from streamsign.server.http.problems import Problem, problems
from streamsign.server.parts import Parts
from streamsign.training.data.cleaning import ManifestFinding
from streamsign.training.data.coverage import TRAITS
from streamsign.training.evaluation.survey import survey
from streamsign.training.evaluation.wanted import wanted

router = APIRouter(
    prefix="/api/collect", tags=["collect"], dependencies=[Depends(require_owner), Depends(require_cameras_here)]
)


class Doubt(BaseModel):
    """A picture with a finding. A person decides whether it is deleted."""

    id: str
    letter: str
    reason: str


class LetterWanted(BaseModel):
    """What is missing of a letter."""

    letter: str
    pictures: int
    what: list[str] = Field(description="what to record, the most important first")


class CollectionReport(BaseModel):
    """What is in the collected hands."""

    pictures: int
    signers: int
    letters: dict[str, int] = Field(description="pictures of each letter")
    coverage: dict[str, dict[str, int]] = Field(description="pictures in each band of each trait")
    wrong: list[Doubt] = Field(description="labels that the current model contradicts")
    repeated: list[Doubt] = Field(description="pictures that repeat another one")
    next: list[LetterWanted] = Field(description="what to record next, the letters with fewest pictures first")


@router.get("/report", responses=problems(403, 409, 507))
async def report_pictures(parts: Parts) -> CollectionReport:
    """Check the collected hands with the current model's small network: about 10 ms a picture on one core."""
    if parts.reporting.locked():
        raise Problem(409, "reporting", "The pictures are being checked.", "Wait until the check has ended.")
    model = parts.cameras.model
    async with parts.reporting:
        return await in_folder(lambda: _report(parts.hands, model))


def _report(hands: CollectedHands, model: Model) -> CollectionReport:
    hands.delete_missing()
    listed = hands.pictures()
    if not listed:
        raise CollectionError("No pictures are stored.", "Record some letters first.")
    try:
        found = survey([hands.folder], model, ReaderMode.SMALL, lambda _: None)
    except TrainingError as error:
        raise CollectionError(error.problem, error.next_step) from error
    named = {picture.row: (picture.taken.id, picture.letter) for picture in listed if picture.taken}

    def doubts(findings: Iterable[ManifestFinding]) -> list[Doubt]:
        known = ((named.get(each.line), each.reason) for each in findings)
        return [Doubt(id=name[0], letter=name[1], reason=reason) for name, reason in known if name is not None]

    missing = wanted(found.pictures, model.info.letters)
    return CollectionReport(
        pictures=len(found.pictures),
        signers=len({each.signer for each in found.pictures}),
        letters=dict(sorted(Counter(each.letter for each in found.pictures).items())),
        coverage={trait: dict(Counter(each.traits[trait] for each in found.pictures)) for trait in TRAITS},
        wrong=doubts(found.doubted),
        repeated=doubts([*found.repeats, *found.twins]),
        next=[LetterWanted(letter=each.letter, pictures=each.pictures, what=list(each.what)) for each in missing],
    )

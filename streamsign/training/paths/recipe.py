"""``streamsign train --task paths``: from films of drawn letters to ``paths.json``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from streamsign.errors import TrainingError
from streamsign.recognition.drawn import FILE, DrawnRule, DrawnRules, places_of
from streamsign.recognition.model import ModelInfo, load_model
from streamsign.recognition.tuning import load_tuning
from streamsign.training.evaluation.metrics import wilson
from streamsign.training.paths.films import MOVED, FilmReader
from streamsign.training.paths.fit import HandFilm, Judged, fit, judge, spans_of
from streamsign.training.paths.turned import TURNED_LETTERS, turned_rule
from streamsign.training.streams.methods import Method, Setting, setting_of

FILMS_OF_EACH = 4
"""Moved films of each kind of movement of each letter that a drawn one starts from, by training signers."""

DRAWINGS = 60
"""Made films of each drawn letter, by training signers."""

NAMES = 1
"""Names of each signer at each pace."""

MOST_FALSE, MOST_FALSE_MOVED = 0.01, 0.1
"""Greatest share of other letters in films of a kind that may be taken for a drawn one; and of stills that were moved
alone, some of them shaken like a zigzag."""

LIMITS: dict[str, dict[str, Any]] = {
    "J": {
        "passes": ["Y"],
        "minimum": {"start_share": 0.2, "drop": 0.15, "calm": 0.1, "turned": 0.6},
        "maximum": {"burst": 0.75, "other_middle": 0.5, "other_sure": 0.5},
    },
    "Z": {
        "passes": ["P", "Q"],
        "minimum": {"start_share": 0.03, "stroke": 0.25, "drop": 0.25},
        "maximum": {"other_middle": 0.5, "other_sure": 0.5},
    },
}
"""A J begins as an I, looks like a Y while the wrist turns, goes down, and neither rests on the way nor moves in one
burst, as a hand does from one letter to the next. A Z has three strokes and goes down; its
first shape is often blurred, and pointing down it looks like P or Q. During neither does the hand show another letter
for certain."""

_LEAST, _MOST, _STEP = -3.0, 6.0, 0.5  # thresholds that are tried, nats


@dataclass(frozen=True, slots=True)
class PathsRecipe:
    """What to fit.

    Attributes:
        data: folder with moving/ and hands/, and any of frames/, clips/, spelled/ and bursts/.
        model: a name or a model folder; ``paths.json`` goes into it.
        each: moved films of each kind of movement, see :data:`FILMS_OF_EACH`.
        seed: of what is made.
        command: as the file repeats it.
    """

    data: Path
    model: str
    each: int = FILMS_OF_EACH
    seed: int = 0
    command: str = ""


def fit_paths(recipe: PathsRecipe, report: Callable[[str], None]) -> DrawnRules:
    """Fit on training signers and the drawings of validation signers, choose thresholds, report on test, and store.

    Thresholds are chosen on the other letters of validation signers. Recall on signers whose drawings are fitted to is
    that of numbers fitted without the film's signer.

    Raises:
        ModelError: the model cannot be used.
        TrainingError: the data cannot be used, or the model names no moving letters.
    """
    model = load_model(recipe.model)
    info = model.info
    if not info.moving:
        raise TrainingError(f"{info.name} names no moving letters.", 'Add "moving" to its model.json.')
    train, val, test = (
        FilmReader(model, recipe.data, split, recipe.seed, report) for split in ("train", "val", "test")
    )
    drawings = [*train.drawings(), *val.drawings()]
    films = [*drawings, *train.made_drawings(DRAWINGS), *train.others(recipe.each, NAMES)]
    held = val.others(1, 2 * NAMES)
    setting = setting_of(Method.HMM, load_tuning(model.folder))
    rules, apart = fitted(films, held, info, setting, report)
    unseen = [*test.drawings(), *test.others(1, 2 * NAMES)]
    judged = [
        *(judge(film, apart[film.signer], info, setting) for film in drawings),
        *(judge(film, rules, info, setting) for film in held),
    ]
    stored = DrawnRules(
        letters=rules,
        fitted={
            "command": recipe.command,
            "date": datetime.now(UTC).date().isoformat(),
            "model_sha256": info.model_sha256,
            "figures": {
                "validation": figures_of(judged),
                "test": figures_of([judge(film, rules, info, setting) for film in unseen]),
            },
        },
    )
    path = model.folder / FILE
    path.write_text(stored.model_dump_json(indent=2) + "\n", encoding="utf-8")
    report(f"Wrote {path}.")
    return stored


def fitted(
    films: Sequence[HandFilm],
    held: Sequence[HandFilm],
    info: ModelInfo,
    setting: Setting,
    report: Callable[[str], None],
) -> tuple[dict[str, DrawnRule], dict[str, dict[str, DrawnRule]]]:
    """The rules of all moving letters, and by signer of a film of a drawing those fitted without that film's signer.

    Args:
        films: to fit to.
        held: of other people; thresholds are chosen on their other letters.
        info: of the model.
        setting: reads the letters that are not drawn.
        report: called with a line for a person.

    Raises:
        TrainingError: no film shows a hand, or a moving letter that is drawn.
    """
    rules: dict[str, DrawnRule] = {}
    apart: dict[str, dict[str, DrawnRule]] = {}
    for letter, moving in info.moving.items():
        limits = LIMITS.get(letter, {})
        starts, passes = (places_of(each, info.letters) for each in (moving.starts_from, limits.get("passes", ())))
        signers = sorted({film.signer for film in films if film.drawings and not film.made})
        if letter in TURNED_LETTERS:
            rule = turned_rule(films, letter, info.letters, limits)
            own = {signer: turned_rule(films, letter, info.letters, limits, [signer]) for signer in signers}
        else:
            spans = spans_of(films, letter, starts, passes)
            if not spans.drawn.any():
                raise TrainingError(
                    f"No film shows a drawn {letter}.", "Add films to moving/ of the splits train and val."
                )
            report(f"{letter}: {int(spans.drawn.sum())} of {len(spans.drawn)} spans hold one.")
            rule = fit(spans, limits)
            own = {signer: fit(spans.only((spans.signers != signer) | spans.made), limits) for signer in signers}
        threshold = _threshold(held, letter, rule, info, setting)
        rules[letter] = rule.model_copy(update={"threshold": threshold})
        for signer in signers:
            apart.setdefault(signer, {})[letter] = own[signer].model_copy(update={"threshold": threshold})
        report(f"{letter}: threshold {threshold:.2f}.")
    return rules, apart


def _threshold(films: Sequence[HandFilm], letter: str, rule: DrawnRule, info: ModelInfo, setting: Setting) -> float:
    """The least threshold at which no kind of film has too many letters taken for a drawn one."""
    threshold = _LEAST
    for kind in sorted({film.kind for film in films}):
        of_kind = [film for film in films if film.kind == kind]
        most = MOST_FALSE_MOVED if kind == MOVED else MOST_FALSE
        allowed = most * sum(film.held for film in of_kind)
        while threshold < _MOST:
            tried = {letter: rule.model_copy(update={"threshold": threshold})}
            if sum(len(judge(film, tried, info, setting).false) for film in of_kind) <= allowed:
                break
            threshold += _STEP
    return round(threshold, 2)


def figures_of(judged: Sequence[Judged]) -> dict[str, Any]:
    """Recall of each drawn letter by kind of film, and by kind the drawn letters over other letters; 95 % (Wilson)."""
    figures: dict[str, Any] = {}
    for kind in sorted({each.film.kind for each in judged}):
        of_kind = [each for each in judged if each.film.kind == kind]
        row: dict[str, Any] = {}
        for letter in sorted({drawing.letter for each in of_kind for drawing in each.film.drawings}):
            found = [
                (right, each.film.signer)
                for each in of_kind
                for right, drawing in zip(each.found, each.film.drawings, strict=True)
                if drawing.letter == letter
            ]
            hits = sum(right for right, _ in found)
            row[letter] = _share(hits, len(found)) | {"signers": len({signer for _, signer in found})}
        if letters := sum(each.film.held for each in of_kind):
            false = sum(len(each.false) for each in of_kind)
            row["false"] = _share(false, letters) | {"signers": len({each.film.signer for each in of_kind})}
        figures[kind] = row
    return figures


def _share(hits: int, of: int) -> dict[str, Any]:
    interval = wilson(min(hits, of), of)
    between = None if interval is None else [round(limit, 3) for limit in interval]
    return {"share": round(hits / of, 3) if of else None, "hits": hits, "of": of, "ci95": between}

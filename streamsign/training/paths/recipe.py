"""``streamsign train --task paths``: from films of drawn letters to ``paths.json``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from streamsign.errors import TrainingError
from streamsign.recognition.drawn import FILE, DrawnRule, DrawnRules
from streamsign.recognition.model import ModelInfo, load_model
from streamsign.training.evaluation.metrics import wilson
from streamsign.training.paths.films import read_films
from streamsign.training.paths.fit import HandFilm, Judged, Spans, fit, judge, spans_of

EACH = 1
"""Moved films of each letter and kind of movement; words are four times as many, and all are four times as many of
letters that a drawn one starts from."""

MOST_FALSE = 0.02
"""Greatest share of films of a kind without drawings in which a letter may be taken for a drawn one."""

LIMITS: dict[str, dict[str, dict[str, float]]] = {
    "J": {"minimum": {"start_share": 0.4}},
    "Z": {"minimum": {"stroke": 0.12, "start_share": 0.03}},
}
"""A J begins as an I; a Z has three strokes, and its first shape is often blurred."""

_LEAST, _STEP = -1.5, 0.25  # the least threshold, and steps between those that are tried, nats


@dataclass(frozen=True, slots=True)
class PathsRecipe:
    """What to fit.

    Attributes:
        data: folder with moving/, clips/, bursts/ and hands/.
        model: a name or a model folder; ``paths.json`` goes into it.
        each: moved films of a letter and kind.
        seed: of the moved films.
        command: as the file repeats it.
    """

    data: Path
    model: str
    each: int = EACH
    seed: int = 0
    command: str = ""


def fit_paths(recipe: PathsRecipe, tell: Callable[[str], None]) -> DrawnRules:
    """Fit on training and validation signers, choose thresholds on them, report on test signers, and store.

    Recall on the signers that are fitted to is that of numbers fitted without the film's signer.

    Raises:
        ModelError: the model cannot be used.
        TrainingError: the data cannot be used, or the model names no moving letters.
    """
    model = load_model(recipe.model)
    info = model.info
    if not info.moving:
        raise TrainingError(f"{info.name} names no moving letters.", 'Add "moving" to its model.json.')
    films = read_films(model, recipe.data, ("train", "val"), "val", recipe.each, recipe.seed, tell)
    rules, apart = fitted(films, info, tell)
    test = read_films(model, recipe.data, ("test",), "test", recipe.each, recipe.seed, tell)
    figures = {
        "validation": figures_of(
            [judge(film, apart.get(film.signer, rules), info.moving, info.letters) for film in films]
        ),
        "test": figures_of([judge(film, rules, info.moving, info.letters) for film in test]),
    }
    stored = DrawnRules(
        letters=rules,
        fitted={
            "command": recipe.command,
            "date": datetime.now(UTC).date().isoformat(),
            "model_sha256": info.model_sha256,
            "figures": figures,
        },
    )
    path = model.folder / FILE
    path.write_text(stored.model_dump_json(indent=2) + "\n", encoding="utf-8")
    tell(f"Wrote {path}.")
    return stored


def fitted(
    films: Sequence[HandFilm], info: ModelInfo, tell: Callable[[str], None]
) -> tuple[dict[str, DrawnRule], dict[str, dict[str, DrawnRule]]]:
    """The rules of all moving letters, and by signer of a film with drawings those fitted without that signer.

    Raises:
        TrainingError: no film shows a hand, or a moving letter that is drawn.
    """
    rules: dict[str, DrawnRule] = {}
    apart: dict[str, dict[str, DrawnRule]] = {}
    for letter, moving in info.moving.items():
        places = [1 + info.letters.index(each) for each in moving.starts_from]
        spans = spans_of(films, letter, places)
        if not spans.drawn.any():
            raise TrainingError(f"No film shows a drawn {letter}.", "Add films to moving/ of the splits train and val.")
        limits = LIMITS.get(letter, {})
        rule = fit(spans, limits)
        threshold = _threshold([film for film in films if not film.drawings], letter, rule, info)
        rules[letter] = rule.model_copy(update={"threshold": threshold})
        for signer in sorted({film.signer for film in films if film.drawings}):
            others = spans.signers != signer
            left = Spans(spans.features[others], spans.drawn[others], spans.signers[others])
            own = fit(left, limits)
            apart.setdefault(signer, {})[letter] = own.model_copy(update={"threshold": threshold})
        tell(f"{letter}: {int(spans.drawn.sum())} of {len(spans.drawn)} spans hold one; threshold {threshold:.2f}.")
    return rules, apart


def _threshold(films: Sequence[HandFilm], letter: str, rule: DrawnRule, info: ModelInfo) -> float:
    """The least threshold at which no kind of film is taken for a drawn letter too often."""
    kinds = {kind: [film for film in films if film.kind == kind] for kind in sorted({film.kind for film in films})}
    threshold = _LEAST
    for of_kind in kinds.values():
        while _false_share(of_kind, letter, rule.model_copy(update={"threshold": threshold}), info) > MOST_FALSE:
            threshold += _STEP
    return round(threshold, 2)


def _false_share(films: Sequence[HandFilm], letter: str, rule: DrawnRule, info: ModelInfo) -> float:
    """Share of films without drawings in which a letter is decided."""
    return sum(bool(judge(film, {letter: rule}, info.moving, info.letters).false) for film in films) / len(films)


def figures_of(judged: Sequence[Judged]) -> dict[str, Any]:
    """Recall by letter, and by kind of film without drawings the share with a false one; 95 % intervals (Wilson)."""
    figures: dict[str, Any] = {}
    for letter in sorted({each.film.letter for each in judged if each.film.drawings}):
        own = [each for each in judged if each.film.drawings and each.film.letter == letter]
        found = np.array([right for each in own for right in each.found])
        figures[letter] = _share(int(found.sum()), len(found)) | {
            "films": len(own),
            "signers": len({each.film.signer for each in own}),
        }
    for kind in sorted({each.film.kind for each in judged if not each.film.drawings}):
        own = [each for each in judged if each.film.kind == kind]
        figures[f"false, {kind}"] = _share(sum(bool(each.false) for each in own), len(own)) | {
            "signers": len({each.film.signer for each in own})
        }
    return figures


def _share(hits: int, of: int) -> dict[str, Any]:
    interval = wilson(hits, of)
    between = None if interval is None else [round(limit, 3) for limit in interval]
    return {"share": round(hits / of, 3) if of else None, "of": of, "ci95": between}

"""``streamsign train --task temporal``: from bursts of validation signers to ``temporal.json``."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from streamsign.recognition.folders import read_document
from streamsign.recognition.model import Model, ModelInfo, load_model
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.temporal import Rates
from streamsign.recognition.tuning import FILE, Tuning
from streamsign.training.evaluation.figures import FIVE
from streamsign.training.streams.build import Stream, build_streams
from streamsign.training.streams.films import film_streams
from streamsign.training.streams.hurried import hurried_streams
from streamsign.training.streams.methods import Method, Setting, setting_of
from streamsign.training.streams.names import name_streams
from streamsign.training.streams.readings import Readings, StreamCrop, StreamReader, as_of_stranger
from streamsign.training.streams.rendered import RENDERED, rendered_streams
from streamsign.training.streams.score import figures
from streamsign.training.temporal.rates import fitted_rates
from streamsign.training.temporal.search import (
    LIMITS,
    READER_LIMITS,
    READER_SWITCHES,
    REPEAT_LIMITS,
    Jury,
    judged,
    search,
    switched,
)

TRIALS = 200

NEW_SIGNER_SHARE = 2 / 3
"""Share of the streams that are read as a stranger's while numbers are searched."""

RENDERED_WORDS = 4  # drawing them takes longer than reading all the others

SPLIT = "val"
"""The only signers whose files are opened here."""


@dataclass(frozen=True, slots=True)
class TemporalRecipe:
    """What to fit, and for how long.

    Attributes:
        data: folder with bursts/, hands/, frames/ and none/.
        model: a name or a model folder; ``temporal.json`` goes into it.
        trials: settings to try of the filter; a quarter as many of each variant, a third of each method that it is
            compared with.
        words: in each kind of stream, for each signer.
        seed: of streams and search.
        crops: where the hand is looked for; streams of each count alike.
        workers: processes that search; None for one a core.
        command: as the file repeats it.
        start: a ``temporal.json`` whose numbers the search begins from; None for the defaults, so that the result
            depends on nothing but the data and the model.
    """

    data: Path
    model: str
    trials: int = TRIALS
    words: int = 8
    seed: int = 0
    crops: tuple[StreamCrop, ...] = (StreamCrop.ORACLE, StreamCrop.HAND)
    workers: int | None = None
    command: str = ""
    start: Path | None = None


def fit(recipe: TemporalRecipe, report: Callable[[str], None]) -> Tuning:
    """Fit and store everything between the classifier and the text.

    Raises:
        ModelError: the model cannot be used.
        TrainingError: the data cannot be used.
    """
    model = load_model(recipe.model)
    streams = read(recipe, model, report)
    mode = ReaderMode.SMALL if model.reader is None else ReaderMode.AUTO
    known = Tuning() if recipe.start is None else read_document(recipe.start, Tuning)
    tuning = fitted(streams, model.info, known, recipe, report, mode)
    path = model.folder / FILE
    path.write_text(tuning.model_dump_json(indent=2) + "\n", encoding="utf-8")
    report(f"Wrote {path}.")
    return tuning


def read(recipe: TemporalRecipe, model: Model, report: Callable[[str], None]) -> list[Readings]:
    """The classifier's answers on every frame of the validation signers' streams, and the demo signer's."""
    readings: list[Readings] = []
    for crop in recipe.crops:
        reader = StreamReader(model, crop, with_reader=True)
        filmed = build_streams(recipe.data, SPLIT, recipe.words, recipe.seed, model.info.letters)
        rendered = rendered_streams(min(recipe.words, RENDERED_WORDS), recipe.seed)
        readings += [reader.read(stream) for stream in itertools.chain(filmed, rendered)]
        if crop is StreamCrop.HAND:
            films = film_streams(recipe.data, SPLIT)
            hurried = hurried_streams(recipe.data, SPLIT, recipe.words, recipe.seed)
            readings += [reader.read(stream) for stream in itertools.chain(films, hurried) if knows(model, stream)]
            if set(model.info.letters) > set(FIVE):
                names = name_streams(recipe.data, SPLIT, recipe.words, recipe.seed, model.info.letters)
                readings += [reader.read(stream) for stream in names]
        report(f"Read {len(readings)} streams, crop {crop.value}.")
    return readings


def knows(model: Model, stream: Stream) -> bool:
    """Whether a model knows most of a stream's letters: a film of the whole alphabet says little about five of them."""
    return 2 * sum(each.letter in model.info.letters for each in stream.truth) > len(stream.truth)


def fitted(
    streams: Sequence[Readings],
    info: ModelInfo,
    known: Tuning,
    recipe: TemporalRecipe,
    report: Callable[[str], None],
    mode: ReaderMode = ReaderMode.SMALL,
) -> Tuning:
    """Rates by counting, the rest by search: first the filter, then each method it is compared with.

    The search begins from the counted rates or from the numbers ``known``, whichever cost less.
    """
    rng = np.random.default_rng(recipe.seed)
    as_of_strangers = [
        as_of_stranger(each, info.letters, rng) if rng.random() < NEW_SIGNER_SHARE else each for each in streams
    ]
    with Jury(as_of_strangers, info, recipe.workers) as jury:
        tuning, baselines = _searched(jury, fitted_rates(streams, Tuning().rates), info, known, recipe, report, mode)
    return tuning.model_copy(
        update={
            "fitted": {
                "command": recipe.command,
                "date": datetime.now(UTC).date().isoformat(),
                "model_sha256": info.model_sha256,
                "split": SPLIT,
                "signers": len({each.signer for each in streams if each.case != RENDERED.name}),
                "streams": len(streams),
                "trials": recipe.trials,
                **({} if recipe.start is None else {"start": known.model_dump(mode="json", exclude={"fitted"})}),
                "figures": {
                    case: {
                        name: figures(of_case)[name]
                        for name in ("letter_error_rate", "commit_delay_ms", "false_letters_per_outside_letter")
                    }
                    for case, of_case in judged(streams, setting_of(Method.HMM, tuning, mode), info).items()
                },
                "baselines": baselines,
            }
        }
    )


def _searched(
    jury: Jury,
    counted: Rates,
    info: ModelInfo,
    known: Tuning,
    recipe: TemporalRecipe,
    report: Callable[[str], None],
    mode: ReaderMode,
) -> tuple[Tuning, dict[str, Any]]:
    """The best numbers of the filter, and those of what it is compared with."""

    def report_trial(trial: int, least: float) -> None:
        report(f"trial {trial}: cost {least:.4f}")

    def mistakes(tuning: Tuning) -> float:
        return jury.cost(setting_of(Method.HMM, tuning, mode))

    begin = min((known, Tuning(rates=counted)), key=mistakes)
    limits = {**LIMITS[Method.HMM], **REPEAT_LIMITS, **(READER_LIMITS if mode is ReaderMode.AUTO else {})}
    best = search(jury, setting_of(Method.HMM, begin, mode), limits, recipe.trials, recipe.seed, report_trial)
    variants: dict[str, Callable[[Setting], Setting]] = {}
    if mode is ReaderMode.AUTO:
        variants |= {f"With {name} inverted:": partial(switched, name=name) for name in READER_SWITCHES}
    if info.confusion and best.rates.emission != "confusion":
        variants["With the confusion matrix instead of posteriors:"] = _with_confusion
    for about, varied in variants.items():
        report(about)
        other = search(jury, varied(best), limits, recipe.trials // 4, recipe.seed, report_trial)
        best = min(best, other, key=jury.cost)
    tuning = begin.model_copy(
        update={
            "gate": best.gate or begin.gate,
            "rates": best.rates,
            "rule": best.rule,
            "reader": best.reader or begin.reader,
        }
    )
    baselines: dict[str, Any] = {}
    for method in (Method.RAW, Method.VOTE, Method.AVERAGE):
        report(f"{method.value}:")
        trials = recipe.trials // 3
        baselines[method.value] = _numbers(
            search(jury, setting_of(method, tuning), LIMITS[method], trials, recipe.seed, report_trial)
        )
    return tuning, baselines


def _with_confusion(setting: Setting) -> Setting:
    return replace(setting, rates=setting.rates.model_copy(update={"emission": "confusion"}))


def _numbers(setting: Setting) -> dict[str, Any]:
    own = ("commit_at", "hold_s", "release_below", "release_s")
    return {
        "votes": setting.votes,
        "window": setting.window,
        "rule": {name: getattr(setting.rule, name) for name in own},
    }

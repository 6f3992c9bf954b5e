"""Benchmarks temporal methods on streams of people who are not in the training pictures."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.report import Report, Row, make_report, row
from benchmarks.streams_page import CO_CASES, NAME_ROWS, Names, write_page
from streamsign.errors import StreamsignError
from streamsign.recognition.model import Model, load_model
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.recognizer import drawn_rules
from streamsign.recognition.sharpness import MotionBlurGate
from streamsign.recognition.speller import Speller
from streamsign.recognition.stroke import Motion
from streamsign.recognition.tuning import Tuning, load_tuning
from streamsign.training.evaluation.figures import FIVE
from streamsign.training.streams.build import build_streams
from streamsign.training.streams.diary import Mistake, counts, diary
from streamsign.training.streams.films import film_streams
from streamsign.training.streams.hand_paths import HeldDrawings
from streamsign.training.streams.hurried import hurried_streams
from streamsign.training.streams.methods import (
    Method,
    Setting,
    posterior_filter,
    priors,
    reader_prior,
    setting_of,
    spell,
    tuned,
)
from streamsign.training.streams.names import name_streams
from streamsign.training.streams.readings import Readings, StreamCrop, StreamReader
from streamsign.training.streams.rendered import rendered_streams
from streamsign.training.streams.score import Score, score
from streamsign.training.temporal.fit import knows
from streamsign.training.temporal.search import judged

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "temporal.md"
WORDS, FULL_WORDS = 2, 16
"""Words in each case, of each of ten signers."""

NAME_WORDS, FULL_NAME_WORDS = 1, 4
"""Words in each case, of each signer with stills, who are more than twice as many."""

HURRIED_WORDS = 8
"""Words of each film of a word, played at talking speed."""

WIDE = "alphabet"
"""Reads the names and the films unless the chosen model itself reads more than five letters."""

REPORT_SEED = 0
RENDERED_SEED = 5000
"""First seed of rooms, light and skin tones; fitting uses those from 0."""

Judged = Mapping[str, Sequence[Score]]


def run(*, full: bool, model: str) -> Report:
    """Read the test signers' streams with every method, write ``docs/temporal.md``, and time filter and speller.

    Args:
        full: more words.
        model: a model's name or folder.

    Raises:
        StreamsignError: the labeled data is not there.
        ModelError: the model cannot be used.
    """
    data = labeled_data()
    chosen = load_model(model)
    tuning = load_tuning(chosen.folder)
    mode = ReaderMode.SMALL if chosen.reader is None else ReaderMode.AUTO
    words = FULL_WORDS if full else WORDS
    names = _names(data, chosen if len(chosen.info.letters) > len(FIVE) else load_model(WIDE), full=full)
    results: dict[StreamCrop, dict[str, Judged]] = {}
    for crop in (StreamCrop.ORACLE, StreamCrop.HAND):
        reader = StreamReader(chosen, crop, with_reader=True)
        filmed = build_streams(data, "test", words, REPORT_SEED, chosen.info.letters)
        streams = [reader.read(stream) for stream in itertools.chain(filmed, rendered_streams(words, RENDERED_SEED))]
        results[crop] = {
            name: judged(streams, setting, chosen.info) for name, setting in settings(tuning, crop, mode).items()
        }
        write_page(PAGE, chosen.info, tuning, results, words, names)
    return make_report("streams", [*_delays(results), *_costs(chosen, tuning, streams)])


def labeled_data() -> Path:
    """The folder of labeled data: STREAMSIGN_DATA, or ../shared/data beside the checkout.

    Raises:
        StreamsignError: it has no bursts/.
    """
    data = Path(os.environ.get("STREAMSIGN_DATA", ROOT.parent / "shared" / "data"))
    if not (data / "bursts" / "manifest.csv").is_file():
        raise StreamsignError(f"There are no bursts in {data}.", "Set STREAMSIGN_DATA to the folder of labeled data.")
    return data


def _names(data: Path, model: Model, *, full: bool) -> Names:
    """Names made of stills, and films of spelled words and single letters: hands found, both networks."""
    tuning, letters = load_tuning(model.folder), model.info.letters
    reader = StreamReader(model, StreamCrop.HAND, with_reader=True)
    words = FULL_NAME_WORDS if full else NAME_WORDS
    made = name_streams(data, "test", words, REPORT_SEED, letters)
    films = (stream for stream in film_streams(data, "test") if knows(model, stream))
    hurried = hurried_streams(data, "test", HURRIED_WORDS, REPORT_SEED)
    streams = [reader.read(stream) for stream in itertools.chain(made, films, hurried)]
    compared = {
        "floor": setting_of(Method.FLOOR, tuning, ReaderMode.AUTO),
        **{f"{each.value}, tuned": tuned(each, tuning) for each in (Method.RAW, Method.VOTE, Method.AVERAGE)},
        "hmm, classifier alone": setting_of(Method.HMM, tuning, ReaderMode.SMALL),
        "hmm": setting_of(Method.HMM, tuning, ReaderMode.AUTO),
    }
    hmm, drawn = compared["hmm"], drawn_rules(model)
    scores: dict[str, list[Score]] = {}
    mistakes: dict[str, list[Mistake]] = {}
    for each in streams:
        spelled = spell(each, hmm, model.info, letters, drawn)
        scores.setdefault(each.case, []).append(score(each, spelled))
        held = HeldDrawings(each, drawn, model.info.moving, letters)
        own = diary(each, spelled, letters, priors(model.info), reader_prior(each, hmm, model.info), held)
        mistakes.setdefault(each.case, []).extend(own)
    reasons = {case: counts(mistakes.get(case, [])) for case in NAME_ROWS}
    judged_by: dict[str, Judged] = {
        name: scores
        if setting is hmm
        else judged(streams, setting, model.info, drawn if setting.method is Method.FLOOR else None)
        for name, setting in compared.items()
    }
    return Names(model.info.name, words, judged_by, reasons)


def settings(tuning: Tuning, crop: StreamCrop, mode: ReaderMode) -> dict[str, Setting]:
    """The compared settings, by their name on the page; the filter and the floor in a mode of the reader."""
    hmm = setting_of(Method.HMM, tuning, mode)
    compared = {method.value: setting_of(method, tuning, mode) for method in Method}
    for method in (Method.RAW, Method.VOTE, Method.AVERAGE):
        compared[f"{method.value}, tuned"] = tuned(method, tuning)
    rates, rule = tuning.rates, tuning.rule
    compared |= {
        "hmm, classifier alone": replace(hmm, mode=ReaderMode.SMALL),
        "hmm without the gate": replace(hmm, gate=None),
        "hmm without speed": replace(hmm, uses_speed=False),
        "hmm, every frame in full": replace(hmm, rates=rates.model_copy(update={"correlation_s": 0.001})),
        "hmm without slides": replace(hmm, rule=rule.model_copy(update={"slide_speed": 1e9})),
    }
    if crop is StreamCrop.ORACLE:
        for lag_ms in (33, 67, 100):
            compared[f"hmm, {lag_ms} ms lag"] = replace(hmm, rates=rates.model_copy(update={"lag_s": lag_ms / 1000}))
        for hold_ms in (0, 20, 40, 60, 90, 130):
            compared[f"hmm, hold {hold_ms} ms"] = replace(hmm, rule=rule.model_copy(update={"hold_s": hold_ms / 1000}))
        for window in (3, 5, 8, 12):
            votes = window // 2 + 1
            compared[f"vote, {votes} of {window}"] = replace(
                setting_of(Method.VOTE, tuning), votes=votes, window=window
            )
            compared[f"average, {window} frames"] = replace(setting_of(Method.AVERAGE, tuning), window=window)
    return compared


def _delays(results: Mapping[StreamCrop, Mapping[str, Judged]]) -> list[Row]:
    rows = []
    for crop, by_name in results.items():
        for method, subject in (("hmm", "ours"), ("vote", "stock")):
            delays = [
                max(0.0, 1000 * delay) for case in CO_CASES for each in by_name[method][case] for delay in each.delays_s
            ]
            if delays:
                rows.append(row(f"commit_delay/{crop.value}", "ours" if subject == "ours" else "stock", "ms", delays))
    return rows


def _costs(model: Model, tuning: Tuning, streams: Sequence[Readings]) -> list[Row]:
    """Microseconds a frame of gate, filter and speller together."""
    letters = model.info.letters
    samples = []
    for readings in streams[:40]:
        gate, speller = MotionBlurGate(tuning.gate), Speller(letters, tuning.rule)
        temporal = posterior_filter(setting_of(Method.HMM, tuning), model.info)
        rows = (readings.times, readings.focus, readings.speed, readings.stroke, readings.change)
        columns = (column.tolist() for column in rows)
        frames = zip(zip(*columns, strict=True), readings.posterior, strict=True)
        for (at_s, focus, speed, stroke, change), posterior in frames:
            if not np.isfinite([focus, speed]).all():
                continue
            motion = Motion(speed, stroke, change)
            started = time.perf_counter_ns()
            belief = temporal.update(posterior, gate.weigh(focus, at_s, motion), at_s, motion)
            speller.update(belief, at_s, motion, focus)
            samples.append((time.perf_counter_ns() - started) / 1e3)
    return [row("filter_and_speller", "ours", "us", samples)]

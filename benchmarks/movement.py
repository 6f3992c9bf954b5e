"""Compares the movement in made streams with filmed spelling, and writes ``docs/movement.md``."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.report import Report, make_report, row
from benchmarks.streams import ROOT, labeled_data
from benchmarks.streams_page import markdown_table
from streamsign.errors import StreamsignError
from streamsign.recognition.model import ModelInfo, load_model
from streamsign.training.evaluation.report import percent
from streamsign.training.streams.build import build_streams
from streamsign.training.streams.films import film_streams
from streamsign.training.streams.hurried import hurried_streams
from streamsign.training.streams.movement import AROUND_S, COURSE_S, QUANTITIES, Movement, distance, movement
from streamsign.training.streams.names import name_streams
from streamsign.training.streams.readings import Readings, StreamCrop, StreamReader
from streamsign.training.streams.rendered import rendered_streams, streams_as_filmed

PAGE = ROOT / "docs" / "movement.md"
WORDS, FULL_WORDS = 1, 4
"""Words in each case and of each signer."""

HURRIED_WORDS = 4
SPLIT = "val"
"""Made movement is changed by what this page says, so it must not be measured on test signers."""

FILMED, FILMED_LETTER = "filmed", "filmed letter"
KINDS = {
    FILMED: ("spelled",),
    FILMED_LETTER: ("clips",),
    "hurried": ("hurried", "hurried letter"),
    "bursts": ("normal",),
    "bursts fast": ("fast",),
    "names": ("names",),
    "names fast": ("names fast",),
    "rendered": ("rendered",),
    "rendered as filmed": ("rendered as filmed",),
}
"""Kinds of streams on the page, with the cases that each has."""

HALVES = "halves of the films"
_TEMPLATE = Environment(  # noqa: S701 - Markdown, of numbers and our own names
    loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, keep_trailing_newline=True
).get_template("movement.template.md")


def run(*, full: bool, model: str) -> Report:
    """Read validation signers' streams of every kind and write the page.

    Args:
        full: more words.
        model: a model's name or folder.

    Raises:
        StreamsignError: the labeled data is not there, or the page cannot be written.
        ModelError: the model cannot be used.
    """
    data = labeled_data()
    chosen = load_model(model)
    reader = StreamReader(chosen, StreamCrop.HAND)
    words = FULL_WORDS if full else WORDS
    letters = chosen.info.letters
    wanted = set(itertools.chain.from_iterable(KINDS.values()))
    streams = itertools.chain(
        film_streams(data, SPLIT),
        hurried_streams(data, SPLIT, HURRIED_WORDS),
        build_streams(data, SPLIT, words, 0, letters),
        name_streams(data, SPLIT, words, 0, letters),
        rendered_streams(4 * words, 0),
        streams_as_filmed(data, SPLIT, 0),
    )
    read: dict[str, list[Readings]] = {}
    for stream in streams:
        if stream.case.name in wanted:
            read.setdefault(stream.case.name, []).append(reader.read(stream))
    by_kind = {kind: [each for case in cases for each in read.get(case, [])] for kind, cases in KINDS.items()}
    moved = {kind: movement(each) for kind, each in by_kind.items()}
    apart = distances(moved, by_kind[FILMED])
    write_page(PAGE, chosen.info, moved, apart)
    rows = [
        row(f"{kind}/{name}", "ours", "percent", [100 * value])
        for kind, of_kind in apart.items()
        for name, value in of_kind.items()
        if value is not None
    ]
    return make_report("movement", rows)


def distances(moved: Mapping[str, Movement], filmed: Sequence[Readings]) -> dict[str, dict[str, float | None]]:
    """Distance of each kind's movement on the way from the filmed one, and of two halves of the films."""
    films = moved[FILMED]
    apart = {
        kind: {name: distance(each.way[name], films.way[name]) for name in QUANTITIES}
        for kind, each in moved.items()
        if kind != FILMED
    }
    halves = [movement(filmed[start::2]) for start in (0, 1)]
    return apart | {HALVES: {name: distance(*(half.way[name] for half in halves)) for name in QUANTITIES}}


def write_page(
    path: Path, info: ModelInfo, moved: Mapping[str, Movement], apart: Mapping[str, Mapping[str, float | None]]
) -> None:
    """Write the page.

    Raises:
        StreamsignError: the file cannot be written.
    """
    head = ["", "letters", *(f"{name}, {when}" for name in QUANTITIES for when in ("held", "on the way"))]
    medians = markdown_table(
        head,
        (
            [kind, str(len(each.course["speed"]))]
            + [_median(side[name]) for name in QUANTITIES for side in (each.held, each.way)]
            for kind, each in moved.items()
        ),
    )
    rows = ([kind, *(percent(each[name]) for name in QUANTITIES)] for kind, each in apart.items())
    courses = [
        f"### {name.capitalize()}\n\n"
        + markdown_table(
            ["", *(f"{at_s:+.1f} s" for at_s in COURSE_S)],
            ([kind, *(_median(column) for column in each.course[name].T)] for kind, each in moved.items()),
        )
        for name in QUANTITIES
    ]
    text = _TEMPLATE.render(
        name=info.name,
        sha=info.model_sha256[:12],
        around=AROUND_S,
        medians=medians,
        distances=markdown_table(["", *QUANTITIES], rows),
        courses="\n".join(courses),
    )
    try:
        path.write_text(text.rstrip() + "\n", encoding="utf-8")
    except OSError as error:
        raise StreamsignError(f"{path} cannot be written ({error.strerror}).", "Check its folder.") from error


def _median(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    known = values[np.isfinite(values)]
    return f"{np.median(known):.2f}" if len(known) else "–"

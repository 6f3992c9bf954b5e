"""Writes ``docs/temporal.md``: the figures of ``streamsign bench streams`` as text, tables and a plot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from streamsign.errors import StreamsignError
from streamsign.recognition.model import ModelInfo
from streamsign.recognition.tuning import Tuning
from streamsign.training.evaluation.report import percent
from streamsign.training.streams.build import CASES
from streamsign.training.streams.films import FOLDERS
from streamsign.training.streams.hurried import HURRIED, HURRIED_LETTER
from streamsign.training.streams.names import NAME_CASES
from streamsign.training.streams.plan import BOUNCE, DOUBLE_S, SLIDE
from streamsign.training.streams.readings import StreamCrop
from streamsign.training.streams.rendered import RENDERED
from streamsign.training.streams.score import Score, excess, figures, letter_error_rate

WORD_CASES = (*(case.name for case in CASES), RENDERED.name)
CO_CASES = ("normal", "fast")
"""Cases of the plot and of the delays: 30 frames a second at 2 and 3.5 letters a second."""

NAME_ROWS = (*(case.name for case in NAME_CASES), *FOLDERS, HURRIED.name, HURRIED_LETTER.name)

MAIN = ("floor", "raw", "raw, tuned", "vote", "vote, tuned", "average", "average, tuned", "hmm")
ABLATION = (
    "hmm",
    "hmm, classifier alone",
    "hmm without the gate",
    "hmm without speed",
    "hmm, every frame in full",
    "hmm without slides",
)
_STROKES = {
    name: f"{low:g}–{high:g}" for name, (low, high) in (("slide", SLIDE), ("bounce", BOUNCE), ("stroke_s", DOUBLE_S))
}
PLOT = "img/temporal.svg"

Judged = Mapping[str, Sequence[Score]]


@dataclass(frozen=True, slots=True)
class Names:
    """Results on names and films.

    Attributes:
        model: name of the model that read them.
        words: in each case of names, of each signer.
        by_name: scores by method and case.
        reasons: mistakes of the filter by case and reason.
    """

    model: str
    words: int
    by_name: Mapping[str, Judged]
    reasons: Mapping[str, Mapping[str, int]]


_TEMPLATES = Environment(  # noqa: S701 - Markdown, of numbers and our own names
    loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, keep_trailing_newline=True
)
_INTRO, _NAMES, _TRIED = (_TEMPLATES.get_template(f"streams_{name}.template.md") for name in ("page", "names", "tried"))


def write_page(
    path: Path,
    info: ModelInfo,
    tuning: Tuning,
    results: Mapping[StreamCrop, Mapping[str, Judged]],
    words: int,
    names: Names,
) -> None:
    """Write the page and its plot.

    Raises:
        StreamsignError: a file cannot be written.
    """
    signers = len({each.signer for each in results[StreamCrop.ORACLE]["hmm"]["normal"]})
    cases = "\n".join(
        f"| {case.name} | {case.rate:g} | {case.fps:g}{_uneven(case.jitter, case.drops)} |"
        for case in (*CASES, RENDERED)
    )
    parts = [
        _INTRO.render(name=info.name, sha=info.model_sha256[:12], words=words, signers=signers, cases=cases, **_STROKES)
    ]
    for crop, by_name in results.items():
        parts.append(f"## Crop {crop.value}\n\n### Over the floor\n")
        parts.append(_over_table(by_name, WORD_CASES, [name for name in MAIN if name != "floor"]))
        parts.append("\n### At 2 letters a second, 30 frames a second\n")
        parts.append(_main_table(by_name))
        parts.append("\n### Letter error rate in every case\n")
        parts.append(_case_table(by_name))
        parts.append("\n### What each part does\n")
        parts.append(_ablation(by_name))
    if any(name.startswith("hmm, hold") for name in results[StreamCrop.ORACLE]):
        parts.append(f"## Error against delay\n\n![Letter error rate against median delay]({PLOT})\n")
        parts.append(
            "2 and 3.5 letters a second together, oracle crop: longer holds, windows and lags err less and are later.\n"
        )
    parts += _names(names)
    parts += [_TRIED.render(), "## The numbers\n"]
    parts.append(_numbers(tuning))
    try:
        path.write_text("\n".join(parts), encoding="utf-8")
        _plot(path.parent / PLOT, results[StreamCrop.ORACLE])
    except OSError as error:
        raise StreamsignError(
            f"{error.filename} cannot be written ({error.strerror}).",
            "Check its folder.",
        ) from error


def _uneven(jitter: float, drops: float) -> str:
    return "" if not jitter and not drops else f", uneven by {jitter:.0%} of an interval, {drops:.0%} dropped"


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table with a line for the head and one for each row."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _main_table(by_name: Mapping[str, Judged]) -> str:
    head = ("method", "letter error rate", "sub, ins, del", "C↔O", "delay p50, p95", "doubles right",
            "changes a letter", "false a minute idle", "outside read as a letter")  # fmt: skip
    return markdown_table(head, (_main_row(name, by_name[name]) for name in MAIN))


def _main_row(name: str, judged: Judged) -> list[str]:
    found, idle, outside = figures(judged["normal"]), figures(judged["idle"]), figures(judged["outside"])
    low, high = found["letter_error_rate_ci95"] or (None, None)
    return [
        name,
        f"{percent(found['letter_error_rate'])} ({percent(low)} to {percent(high)})",
        "{substitutions}, {insertions}, {deletions}".format(**found),
        str(found["c_o_substitutions"]),
        _delay(found),
        percent(found["doubles_right"]),
        f"{found['flicker']:.1f}",
        f"{idle['false_letters_per_idle_minute']:.2f}",
        percent(outside["false_letters_per_outside_letter"]),
    ]


def _over_table(by_name: Mapping[str, Judged], cases: Sequence[str], methods: Sequence[str]) -> str:
    """Errors over the floor by case, and their distribution over the signers."""
    lowest = by_name["floor"]
    head = ("errors over the floor", *cases, "signers: least, median, most")
    return markdown_table(
        head,
        (
            ["the floor itself", *(percent(letter_error_rate(lowest[case])) for case in cases), ""],
            *(
                [
                    name,
                    *(percent(excess(by_name[name][case], lowest[case])["excess"]) for case in cases),
                    _spread(by_name[name], lowest, cases),
                ]
                for name in methods
            ),
        ),
    )


def _spread(judged: Judged, lowest: Judged, cases: Sequence[str]) -> str:
    scores, floor = ([each for case in cases for each in of[case]] for of in (judged, lowest))
    by_signer = [row["excess"] for row in excess(scores, floor)["per_signer"].values()]
    return ", ".join(percent(float(np.quantile(by_signer, share))) for share in (0, 0.5, 1))


def _names(names: Names) -> list[str]:
    """The section of the whole alphabet: names made of stills, and films."""
    cases = [case for case in NAME_ROWS if names.by_name["hmm"].get(case)]
    signers = len({each.signer for case in cases for each in names.by_name["hmm"][case]})
    rows = []
    for case in cases:
        scores = names.by_name["hmm"][case]
        found = figures(scores)
        low, high = found["letter_error_rate_ci95"] or (None, None)
        reasons = ", ".join(f"{count} {reason}" for reason, count in names.reasons[case].items())
        exact = sum(each.errors == 0 for each in scores)
        rows.append(
            [
                case,
                f"{found['true_letters']}",
                f"{percent(found['letter_error_rate'])} ({percent(low)} to {percent(high)})",
                "{substitutions}, {insertions}, {deletions}".format(**found),
                f"{exact} of {len(scores)}",
                _delay(found),
                reasons or "–",
            ]
        )
    head = ("hmm", "letters", "letter error rate", "sub, ins, del", "exactly right", "delay p50, p95", "why")
    return [
        _NAMES.render(model=names.model, signers=signers, words=names.words),
        _over_table(names.by_name, cases, [name for name in names.by_name if name != "floor"]),
        markdown_table(head, rows),
    ]


def _delay(found: Mapping[str, Any]) -> str:
    delay = found["commit_delay_ms"]
    return "–" if delay["p50"] is None else f"{delay['p50']:.0f}, {delay['p95']:.0f} ms"


def _case_table(by_name: Mapping[str, Judged]) -> str:
    return markdown_table(
        ("method", *WORD_CASES, "C↔O in all"),
        (
            [
                name,
                *(percent(figures(by_name[name][case])["letter_error_rate"]) for case in WORD_CASES),
                str(sum(each.c_o for case in WORD_CASES for each in by_name[name][case])),
            ]
            for name in MAIN
        ),
    )


def _ablation(by_name: Mapping[str, Judged]) -> str:
    names = [*ABLATION, *(name for name in by_name if name.endswith(" lag"))]
    return markdown_table(
        ("", *WORD_CASES, "delay p50, p95 (normal)", "outside"),
        (
            [
                name,
                *(percent(figures(by_name[name][case])["letter_error_rate"]) for case in WORD_CASES),
                _delay(figures(by_name[name]["normal"])),
                percent(figures(by_name[name]["outside"])["false_letters_per_outside_letter"]),
            ]
            for name in names
        ),
    )


def _numbers(tuning: Tuning) -> str:
    rows = [
        (f"{part}.{name}", str(value))
        for part in ("gate", "rates", "rule", "reader")
        for name, value in getattr(tuning, part).model_dump().items()
    ]
    reported = tuning.fitted
    if not reported:
        by = "Defaults: this model has no `temporal.json`."
    else:
        streams = f"{reported['streams']} streams of {reported['signers']} validation signers"
        by = f"Fitted by `{reported['command']}` on {streams}."
        if note := reported.get("note"):
            by = f"{note} `{reported['command']}` continues from these numbers, on {streams}."
    return f"{by}\n\n" + markdown_table(("number", "value"), rows)


def _plot(path: Path, by_name: Mapping[str, Judged]) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.2))
    for label, start, end in (
        ("hmm, longer holds", "hmm, hold", "ms"),
        ("hmm, longer lags", "hmm, ", " lag"),
        ("vote, longer windows", "vote, ", ""),
        ("average, longer windows", "average, ", "frames"),
    ):
        points = []
        for name, judged in by_name.items():
            if name.startswith(start) and name.endswith(end) and not name.endswith("tuned"):
                found = figures([each for case in CO_CASES for each in judged[case]])
                if found["commit_delay_ms"]["p50"] is not None:
                    points.append((found["commit_delay_ms"]["p50"], 100 * found["letter_error_rate"]))
        if points:
            axes.plot(*zip(*sorted(points), strict=True), "o-", label=label)
    axes.set_xlabel("pose steady to letter, median, ms")
    axes.set_ylabel("letter error rate, %")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    # The same figures give the same file.
    with mpl.rc_context({"svg.hashsalt": "temporal"}):
        figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)

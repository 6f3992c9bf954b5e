"""``streamsign evaluate-streams``: how well spelled words are read from videos, not single frames."""

from __future__ import annotations

import json as json_format
from collections import Counter
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from streamsign.captions.words import LANGUAGES, read_own_words, vocabulary
from streamsign.cli.options import given, refuse_flags, setting
from streamsign.cli.output_files import require_outputs
from streamsign.collection.counted import counted
from streamsign.errors import ModelNotFound, SettingsError
from streamsign.recognition.model import READER, ModelInfo
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.recognizer import drawn_rules
from streamsign.recognition.tuning import load_tuning
from streamsign.settings import read_settings
from streamsign.training.evaluation.report import percent
from streamsign.training.streams.diary import counts, diary, write_diary
from streamsign.training.streams.folder import folder_streams
from streamsign.training.streams.hand_paths import HeldDrawings
from streamsign.training.streams.methods import Method, priors, reader_prior, setting_of, spell, tuned
from streamsign.training.streams.readings import StreamCrop, StreamReader
from streamsign.training.streams.score import drawn_letters, excess, score
from streamsign.training.streams.score import figures as figures_of
from streamsign.training.streams.word_help import word_help


def evaluate_streams(
    ctx: typer.Context,
    paths: list[Path] = typer.Argument(
        ...,
        metavar="PATH...",
        help="Folders with streams.json or manifest.csv and the films that it lists, or files of `demo --truth`.",
    ),
    model: str = setting("model"),
    method: Method = typer.Option(Method.HMM, help="How frames become letters."),
    split: str | None = typer.Option(
        None, metavar="NAME", help="Only films of this split: train, val or test. Without it all are read."
    ),
    crop: StreamCrop = typer.Option(
        StreamCrop.HAND, help="hand: found in the picture. oracle: the boxes.csv beside the videos."
    ),
    reader: ReaderMode = setting("reader"),
    json: Path | None = typer.Option(None, "--json", metavar="FILE", help="Write all figures to this file as well."),
    errors: Path | None = typer.Option(
        None,
        metavar="FILE",
        help="Write each letter that was lost, mistaken or added to this file, with the reason: CSV if it ends in "
        ".csv, else JSON lines.",
    ),
    words: str | None = typer.Option(
        None,
        metavar="LANGUAGE",
        help=f"Measure word help as well, with names and the words of this language: {' or '.join(LANGUAGES)}.",
    ),
    own_words: Path | None = setting("own_words"),
) -> None:
    """Measure how spelled words in videos are read: letters wrong, and how late the right ones come.

    The floor is the letter error rate when the true start and end of each letter are given. The excess over the floor
    is due to the method. Drawn letters are recognized from the hand's path by hmm and by the floor, and by no other
    method.
    """
    if words is not None and words not in LANGUAGES:
        raise SettingsError(
            f"The language '{words}' has no word list.", f"Pass --words {' or --words '.join(LANGUAGES)}."
        )
    flags = given(ctx)
    if words is None and "own_words" in flags:
        raise SettingsError(
            "--own-words adds to the words of --words, which is missing.",
            f"Pass --words {' or --words '.join(LANGUAGES)} as well.",
        )
    if method not in (Method.HMM, Method.FLOOR) and reader is not ReaderMode.SMALL:
        reason = f"the method {method} reads with the classifier alone"
        refuse_flags(ctx, ["reader"], reason, f"or pass --method {Method.HMM} or {Method.FLOOR}")
    asked = read_settings(**flags)
    own = () if asked.own_words is None else read_own_words(asked.own_words)
    chosen, reader = asked.load_model(), asked.reader
    tuning = load_tuning(chosen.folder)
    # Methods for comparison run with their usual settings and with settings tuned on validation; the better result is
    # reported.
    settings = [setting_of(method, tuning, reader)] + (
        [] if method in (Method.HMM, Method.FLOOR) else [tuned(method, tuning)]
    )
    if reader is ReaderMode.LARGE and chosen.reader is None and chosen.variant != READER:
        raise ModelNotFound(
            f"The model '{chosen.info.name}' has no reader.", "Pass another --model, or --reader auto or small."
        )
    with_reader = reader is not ReaderMode.SMALL and method in (Method.HMM, Method.FLOOR)
    stream_reader = StreamReader(chosen, crop, with_reader=with_reader)
    info = chosen.info
    drawn = drawn_rules(chosen)
    own_rules = drawn if method in (Method.HMM, Method.FLOOR) else {}
    films = folder_streams(paths, crop, split)
    places = {path if path.is_dir() else path.parent for path in paths}
    listed = (place / film.name for place in places for film in films)
    require_outputs(*paths, *listed, json=json, errors=errors)
    console = Console(highlight=False)
    known = (*info.letters, *own_rules)
    unread = Counter(true.letter for each in films for true in each.truth if true.letter not in known)
    if unread:
        total = sum(len(each.truth) for each in films)
        console.print(_unread(unread, total, info, method), style="yellow", soft_wrap=True)
    streams = [stream_reader.read(stream) for stream in films]
    spelled = [[spell(each, setting, info, info.letters, own_rules) for each in streams] for setting in settings]
    scored = [[score(*pair) for pair in zip(streams, of_one, strict=True)] for of_one in spelled]
    best = min(range(len(settings)), key=lambda n: sum(each.errors for each in scored[n]))
    lowest = setting_of(Method.FLOOR, tuning, reader)
    least = [spell(each, lowest, info, info.letters, drawn) for each in streams]
    floor = [score(*pair) for pair in zip(streams, least, strict=True)]
    mistakes = [
        mistake
        for each, of_one in zip(streams, spelled[best], strict=True)
        for mistake in diary(
            each,
            of_one,
            info.letters,
            priors(info),
            reader_prior(each, lowest, info),
            HeldDrawings(each, drawn, info.moving, info.letters),
        )
    ]
    figures = {
        "model": info.name,
        "method": method.value,
        "crop": crop.value,
        "reader": reader.value,
        "split": split,
        "unread_letters": dict(sorted(unread.items())),
        **figures_of(scored[best]),
        "over_floor": excess(scored[best], floor),
        "drawn_letters": drawn_letters(list(zip(streams, spelled[best], least, strict=True)), info.moving),
        "reasons": counts(mistakes),
    }
    if words is not None:
        read = [
            ([true.letter for true in each.truth], of_one.commits)
            for each, of_one in zip(streams, spelled[best], strict=True)
        ]
        figures["word_help"] = {"words": words, **word_help(read, vocabulary(words, own)).figures()}
    if errors is not None:
        write_diary(errors, mistakes)
    if json is not None:
        json.write_text(json_format.dumps(figures, indent=2) + "\n", encoding="utf-8")
    console.print(_table(figures))


def _unread(letters: Counter[str], total: int, info: ModelInfo, method: Method) -> str:
    """What happens to true letters that the model does not read with a method."""
    listed = ", ".join(f"{letter} ({count})" for letter, count in sorted(letters.items()))
    floor = "" if letters.keys() <= info.moving.keys() else ", also in the floor"
    one = letters.total() == 1
    verb, they_count, them = ("is", "It counts as an error", "it") if one else ("are", "They count as errors", "them")
    return (
        f"{letters.total()} of {counted(total, 'true letter')} {verb} not read by {info.name} with {method}: {listed}. "
        f"{they_count}{floor}. Pass another --model, or films without {them}."
    )


def _table(figures: dict[str, Any]) -> Table:
    title = escape(f"{figures['model']}, {figures['method']}, crop {figures['crop']}")
    table = Table(title=title, show_header=False)
    rows = {"streams, true letters": f"{figures['streams']}, {figures['true_letters']}"}
    if figures["true_letters"]:
        rows |= _rows_of_letters(figures)
    added, idle = figures["added_per_100_streams"], figures["idle"]
    rows["letters added in 100 streams"] = f"{added['all']:.1f}, {added['unsigned']:.1f} of them while none is signed"
    if idle["streams"]:
        rate = figures["false_letters_per_idle_minute"]
        a_minute = "" if rate is None else f", {rate:.2f} a minute"  # a single frame has no duration
        rows["streams without letters"] = (
            f"{idle['streams']}, {idle['minutes']:.1f} min: {counted(idle['insertions'], 'letter')} added{a_minute}"
        )
    if drawn := figures["drawn_letters"]:
        rows["drawn letters right, at the floor"] = "{right}, {floor_right} of {true}".format(**drawn)
    if figures["reasons"]:
        rows["mistakes"] = ", ".join(f"{count} {reason}" for reason, count in figures["reasons"].items())
    if helped := figures.get("word_help"):
        rows[f"words of the list {helped['words']}"] = f"{helped['listed']} of {helped['listed'] + helped['unlisted']}"
        rows["  right as spelled"] = percent(helped["as_spelled_share"])
        rows["  right as first suggestion"] = percent(helped["first_share"])
        rows["  among the first three"] = percent(helped["first_three_share"])
        for kind in ("right", "wrong"):
            rows[f"  {kind} words marked as uncertain"] = f"{helped[f'{kind}_marked']} of {helped[kind]}"
    for name, value in rows.items():
        table.add_row(name, value)
    over = figures["over_floor"]
    for name, row in over["per_rate"].items():
        table.add_row(*rate_row(name, row))
    for name, row in figures["per_signer"].items():
        table.add_row(f"  {escape(name)}", _of_signer(row, over["per_signer"].get(name)))
    return table


def _rows_of_letters(figures: dict[str, Any]) -> dict[str, str]:
    delay = figures["commit_delay_ms"]
    interval = figures["letter_error_rate_ci95"]
    between = "" if interval is None else f"  (95 %: {percent(interval[0])} to {percent(interval[1])})"
    return {
        "errors over the floor": _over(figures["over_floor"]),
        "letter error rate": percent(figures["letter_error_rate"]) + between,
        "substitutions, insertions, deletions": "{substitutions}, {insertions}, {deletions}".format(**figures),
        "C for O or O for C": str(figures["c_o_substitutions"]),
        "pose steady to letter, p50 and p95": "–" if delay["p50"] is None else f"{delay['p50']} ms, {delay['p95']} ms",
        "doubles read right": percent(figures["doubles_right"]),
    }


def _of_signer(row: dict[str, Any], over: dict[str, Any] | None) -> str:
    if over is None:  # a signer without letters
        return f"{counted(row['insertions'], 'letter')} added in {counted(row['streams'], 'stream')} without letters"
    return f"{percent(row['letter_error_rate'])} of {row['true_letters']}; over the floor {_over(over)}"


def rate_row(name: str, row: dict[str, Any]) -> tuple[str, str]:
    """Name and value of a row of ``per_rate`` in the table."""
    unit = "letter/s" if name == "below 1" else "letters/s"
    return f"  {name} {unit}", f"{_over(row)}, {counted(row['true_letters'], 'letter')}"


def _over(row: dict[str, Any]) -> str:
    """Excess and floor of a row of :func:`streamsign.training.streams.score.excess`."""
    return f"{percent(row['excess'])} (floor {percent(row['floor'])})"

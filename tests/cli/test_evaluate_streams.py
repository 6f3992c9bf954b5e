"""``streamsign evaluate-streams`` on videos of the demo signer."""

import json
import re
from dataclasses import fields
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from streamsign.captions.events import Letter
from streamsign.cli import app
from streamsign.cli.caption import read_text
from streamsign.cli.evaluate_streams import rate_row
from streamsign.demo.signer import DemoSigner
from streamsign.errors import SettingsError
from streamsign.recognition.framing import guide_square
from streamsign.recognition.model import load_model
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.recognizer import Recognizer
from streamsign.recognition.tuning import load_tuning
from streamsign.sources.file import VideoFile
from streamsign.training.streams.diary import Mistake, Reason
from streamsign.training.streams.folder import folder_streams
from streamsign.training.streams.methods import Method, setting_of, spell
from streamsign.training.streams.readings import StreamCrop, StreamReader
from tests.cli.commands import run
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two words by the demo signer, with boxes."""
    path = tmp_path_factory.mktemp("streams")
    records, boxes = [], ["file,frame,hand_x0,hand_y0,hand_x1,hand_y1"]
    for number, word in enumerate(("CO", "LO")):
        signer, file = DemoSigner(word, seed=1 + number, width=320, height=240), f"{word}.mp4"
        with av.open(str(path / file), "w") as container:
            stream = container.add_stream("mpeg4", rate=30, options={"qscale": "2"})
            stream.width, stream.height, stream.pix_fmt = signer.width, signer.height, "yuv420p"
            for n, frame in enumerate(signer):
                picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame.luma), format="gray").reformat(
                    format="yuv420p"
                )
                picture.pts, picture.time_base = n, Fraction(1, 30)
                container.mux(stream.encode(picture))
                if signer.true_letter(frame.at_s) is not None:
                    guide = guide_square(signer.width, signer.height)
                    half = guide.side / 2.6  # the square the demo signer's hand fills, without the patch's margin
                    edges = (guide.center_x - half, guide.center_y - half, guide.center_x + half, guide.center_y + half)
                    boxes.append(f"{file},{n}," + ",".join(f"{edge:.1f}" for edge in edges))
            container.mux(stream.encode(None))
        truth = [{"letter": t.letter, "start_s": t.start_s, "end_s": t.end_s} for t in signer.truth]
        records.append({"file": file, "signer": f"demo{number}", "fps": 30, "truth": truth})
    (path / "streams.json").write_text(json.dumps(records))
    (path / "boxes.csv").write_text("\n".join(boxes) + "\n")
    return path


@pytest.mark.parametrize(
    ("method", "crop"), [("hmm", "oracle"), ("hmm", "hand"), ("vote", "oracle"), ("floor", "hand")]
)
def test_words_of_the_demo_signer_are_measured(folder: Path, tmp_path: Path, method: str, crop: str) -> None:
    """The figures are those the issue names, and a clear slow word has few errors."""
    out, errors = tmp_path / "out.json", tmp_path / "errors.csv"
    command = ["evaluate-streams", str(folder), "--method", method, "--crop", crop]
    result = CliRunner().invoke(app, [*command, "--json", str(out), "--errors", str(errors)])
    assert result.exit_code == 0, result.output
    figures = json.loads(out.read_text())
    assert {
        "letter_error_rate", "substitutions", "insertions", "deletions", "c_o_substitutions", "commit_delay_ms",
        "streams", "true_letters", "per_signer",
    } <= set(figures)  # fmt: skip
    assert (figures["streams"], figures["true_letters"]) == (2, 4)
    assert figures["letter_error_rate"] <= 0.5
    assert set(figures["commit_delay_ms"]) == {"p50", "p95"}
    assert "letter error rate" in result.output
    over = figures["over_floor"]
    assert over["excess"] == pytest.approx(figures["letter_error_rate"] - over["floor"])
    assert over["excess"] == 0 or method != "floor"
    edits = figures["substitutions"] + figures["insertions"] + figures["deletions"]
    assert len(errors.read_text().splitlines()) == 1 + edits
    assert sum(figures["reasons"].values()) == edits


def test_a_folder_without_streams_is_told_in_words(tmp_path: Path) -> None:
    """The error names the file that is missing."""
    result = CliRunner().invoke(app, ["evaluate-streams", str(tmp_path)])
    assert result.exit_code == 1
    assert "streams.json" in str(result.exception)


@pytest.mark.parametrize("name", ["celov", "alphabet"])
def test_caption_and_evaluate_streams_read_a_film_alike(folder: Path, name: str) -> None:
    """Both commit the same letters at the same times, with and without a reader, on a film in limited range."""
    model = load_model(name)
    assert next(iter(VideoFile(folder / "LO.mp4"))).limited_range
    captioned = [
        (event.letter, event.captured_s)
        for _, events in read_text(Recognizer(model), VideoFile(folder / "LO.mp4"))
        for event in events
        if isinstance(event, Letter)
    ]
    stream = next(each for each in folder_streams([folder], StreamCrop.HAND) if each.name == "LO.mp4")
    readings = StreamReader(model, StreamCrop.HAND, with_reader=True).read(stream)
    setting = setting_of(Method.HMM, load_tuning(model.folder), ReaderMode.AUTO)
    spelled = spell(readings, setting, model.info, model.info.letters)
    assert captioned
    assert [(each.letter, each.captured_s) for each in spelled.commits] == captioned


def test_a_diary_in_a_missing_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    """The error names the option, before anything is read."""
    result = CliRunner().invoke(app, ["evaluate-streams", str(folder), "--errors", str(tmp_path / "no" / "errors.csv")])
    assert result.exit_code == 1
    assert "does not exist" in str(result.exception)


def test_word_help_is_measured(folder: Path, tmp_path: Path) -> None:
    """Both words are in the English list or counted as not; another language is refused with those there are."""
    out = tmp_path / "out.json"
    shown = CliRunner().invoke(app, ["evaluate-streams", str(folder), "--words", "en", "--json", str(out)])
    assert shown.exit_code == 0, shown.output
    assert "right as first suggestion" in shown.output
    found = json.loads(out.read_text())["word_help"]
    assert found["listed"] + found["unlisted"] == 2
    assert found["first"] <= found["first_three"] <= found["listed"]
    with pytest.raises(SettingsError, match="'xx' has no word list"):
        CliRunner().invoke(app, ["evaluate-streams", str(folder), "--words", "xx"], catch_exceptions=False)


def test_own_words_need_a_language(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --words no word is suggested, so --own-words is refused; as a setting of the server it may be set."""
    with pytest.raises(SettingsError, match="--words, which is missing") as caught:
        run("evaluate-streams", folder, "--own-words", tmp_path / "words.txt")
    assert "--words en" in caught.value.next_step
    monkeypatch.setenv("STREAMSIGN_OWN_WORDS", str(tmp_path / "words.txt"))
    (tmp_path / "words.txt").write_text("LO\n")
    assert "letter error rate" in run("evaluate-streams", folder)


def test_a_reader_needs_a_method_that_uses_it(folder: Path) -> None:
    """Votes and averages are of the classifier's letters, so a reader that is asked for is refused."""
    with pytest.raises(SettingsError, match=r"--reader has no effect: the method vote .* classifier alone"):
        run("evaluate-streams", folder, "--method", "vote", "--reader", "large")


def test_letters_that_the_model_does_not_read_are_named(folder: Path, tmp_path: Path) -> None:
    """They are counted as errors, which the command says with the letters and their number, before it reads."""
    record = json.loads((folder / "streams.json").read_text())[1]
    (tmp_path / "LO.mp4").symlink_to(folder / "LO.mp4")
    record["truth"][0]["letter"] = "H"
    (tmp_path / "streams.json").write_text(json.dumps([record]))
    out = tmp_path / "out.json"
    shown = run("evaluate-streams", tmp_path, "--model", "celov", "--json", out)
    assert "1 of 2 true letters is not read by celov with hmm: H (1). It counts as an error" in shown
    figures = json.loads(out.read_text())
    assert figures["unread_letters"] == {"H": 1}
    assert figures["letter_error_rate"] >= 0.5
    assert "not read" not in run("evaluate-streams", folder)


def test_own_letters_are_measured(folder: Path, tmp_path: Path) -> None:
    """Of a model that calls C NG and O 5 the letter NG is one, read right, and written as it is."""
    model = tmp_path / "models" / "mine"
    model.mkdir(parents=True)
    celov, names = load_model("celov"), {"C": "NG", "O": "5"}
    for name in ("model.tflite", "temporal.json"):
        (model / name).symlink_to(celov.folder / name)
    described = json.loads((celov.folder / "model.json").read_text())
    described["labels"] = [names.get(label, label) for label in described["labels"]]
    for key in ("thresholds", "priors"):
        described[key] = {names.get(label, label): value for label, value in described[key].items()}
    (model / "model.json").write_text(json.dumps(described | {"reader": None, "variants": {}}))
    record = json.loads((folder / "streams.json").read_text())[0]
    (tmp_path / "CO.mp4").symlink_to(folder / "CO.mp4")
    (first, second), out = record["truth"], tmp_path / "out.json"
    record["truth"] = [first | {"letter": "NG"}, second | {"letter": "L"}]
    (tmp_path / "streams.json").write_text(json.dumps([record]))
    errors = tmp_path / "errors.csv"
    run("evaluate-streams", tmp_path, "--model", model, "--words", "en", "--json", out, "--errors", errors)
    figures = json.loads(out.read_text())
    assert (figures["true_letters"], figures["substitutions"], figures["insertions"]) == (2, 1, 0)
    assert ",L," in errors.read_text()
    assert ",5," in errors.read_text()


def test_films_without_letters_show_what_was_added(folder: Path, tmp_path: Path) -> None:
    """A list in which nothing is true has the number of letters that were read, and no rows of letters."""
    record = json.loads((folder / "streams.json").read_text())[0] | {"truth": [], "signer": "ann"}
    (tmp_path / "CO.mp4").symlink_to(folder / "CO.mp4")
    (tmp_path / "streams.json").write_text(json.dumps([record]))
    out = tmp_path / "out.json"
    shown = run("evaluate-streams", tmp_path, "--model", "celov", "--json", out)
    figures = json.loads(out.read_text())
    assert (figures["insertions"], figures["idle"]["streams"], figures["idle"]["insertions"]) == (2, 1, 2)
    assert figures["added_per_100_streams"] == {"all": 200.0, "unsigned": 200.0}
    assert "2 letters added, " in shown
    assert f"{figures['false_letters_per_idle_minute']:.2f} a minute" in shown
    assert "2 letters added in 1 stream without letters" in shown
    assert "letter error rate" not in shown
    assert "–" not in shown


def test_films_of_the_demo_signer_are_measured(tmp_path: Path) -> None:
    """What `demo --save --truth` writes can be evaluated as it is, several at once, each with its signer."""
    for seed, word in enumerate(("CO", "LO")):
        film, truth = (tmp_path / f"{word}{suffix}" for suffix in (".mp4", ".json"))
        run("demo", word, "--seed", seed, "--letters-per-s", 2, "--save", film, "--truth", truth)
    out = tmp_path / "figures" / "out.json"
    out.parent.mkdir()
    run("evaluate-streams", *sorted(tmp_path.glob("*.json")), "--model", "celov", "--json", out)
    figures = json.loads(out.read_text())
    assert (figures["streams"], figures["true_letters"]) == (2, 4)
    assert set(figures["per_signer"]) == {"demo0", "demo1"}
    assert figures["letter_error_rate"] <= 0.5


def test_neither_a_list_nor_its_film_is_overwritten(tmp_path: Path) -> None:
    """--json and --errors with the path of what is read are refused, and it stays as it is."""
    film, truth = tmp_path / "c.mp4", tmp_path / "c.json"
    run("demo", "C", "--letters-per-s", 3, "--save", film, "--truth", truth)
    for option, read in (("--json", film), ("--errors", truth)):
        before = read.read_bytes()
        with pytest.raises(SettingsError, match=f"{option} would overwrite"):
            run("evaluate-streams", truth, "--model", "celov", option, read)
        assert read.read_bytes() == before


def test_one_letter_is_not_written_in_the_plural() -> None:
    """Rows by rate count their letters and name the rate: one is a letter."""
    row = {"floor": 0.0, "excess": 0.0, "true_letters": 1}
    assert rate_row("below 1", row) == ("  below 1 letter/s", "0.0 % (floor 0.0 %), 1 letter")
    assert rate_row("1 to 2", row | {"true_letters": 2}) == ("  1 to 2 letters/s", "0.0 % (floor 0.0 %), 2 letters")


def test_figures_and_errors_are_documented(folder: Path, tmp_path: Path) -> None:
    """The reference names every key of --json and word help, every column of --errors, and every reason."""
    reference = (ROOT / "docs" / "reference" / "evaluate-streams.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z0-9_ ]+)`", reference))
    out = tmp_path / "out.json"
    run("evaluate-streams", folder, "--words", "en", "--json", out)
    figures = json.loads(out.read_text())
    assert {*figures, *figures["idle"], *figures["added_per_100_streams"]} <= named
    assert {*figures, *figures["word_help"], *figures["over_floor"], *figures["commit_delay_ms"]} <= named
    assert {each.name for each in fields(Mistake)} <= named
    assert {*Reason} <= named

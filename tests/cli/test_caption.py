"""cli/caption.py: a real model reads the demo signer, to every format."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from streamsign.captions.events import Edit, Letter, event_adapter
from streamsign.cli import app
from streamsign.cli.caption import read_text
from streamsign.demo.source import DemoSource
from streamsign.demo.video import write_mp4
from streamsign.errors import ModelNotFound, SettingsError, SourceError
from streamsign.recognition.events import Commit
from streamsign.recognition.recognizer import Recognizer
from tests.cli.commands import run
from tests.films import rendered


def _caption(output: Path | None, shape: str = "text", source: str = "demo", model: str = "celov") -> str:
    written = () if output is None else ("--output", output)
    word = ("--word", "L") if source == "demo" else ()
    return run("caption", source, *word, "--format", shape, "--model", model, *written)


@pytest.fixture(scope="module")
def one_letter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo signer spells L."""
    return write_mp4(tmp_path_factory.mktemp("film") / "letter.mp4", rendered("L", fps=15, width=320, height=240))


def test_vtt_is_written_to_the_file(one_letter: Path, tmp_path: Path) -> None:
    """Captions of the demo signer become a WebVTT file."""
    output = tmp_path / "demo.vtt"
    _caption(output, "vtt", str(one_letter))
    assert output.read_text().startswith("WEBVTT\n")


def test_json_lines_are_the_wire_schema(one_letter: Path, tmp_path: Path) -> None:
    """Every line is numbered; a letter has its alternatives, and times in order on the clock of the source."""
    output = tmp_path / "demo.jsonl"
    _caption(output, "jsonl", str(one_letter))
    events = [event_adapter.validate_python(json.loads(line)) for line in output.read_text().splitlines()]
    assert [event.seq for event in events if isinstance(event, Letter | Edit)] == [1, 2]
    assert isinstance(events[1], Edit)  # the hand is lowered after the letter
    for letter in events:
        if not isinstance(letter, Letter):
            continue
        assert list(letter.stages_ms) == ["locate", "crop", "classify", "filter", "publish", "total"]
        assert letter.stages_ms == letter.ledger.stages_ms()
        assert letter.alternatives[0].letter == letter.letter
        decided_s, published_s = letter.ledger.decided_s, letter.ledger.published_s
        assert decided_s is not None
        assert published_s is not None
        assert 0 < letter.started_s <= letter.captured_s <= decided_s <= published_s


def test_every_frame_comes_back_and_letters_are_the_recognizers() -> None:
    """Reading changes nothing: the same frames fed by hand give the same letters."""
    recognizer = Recognizer.load("celov")
    frames = list(DemoSource("L"))
    read = list(read_text(recognizer, frames))
    recognizer.reset()
    fed = [recognizer.feed(frame.luma, frame.at_s, limited_range=frame.limited_range)[1:] for frame in frames]
    assert [[event.letter for event in events if isinstance(event, Letter)] for _, events in read] == [
        [commit.letter for commit in commits if isinstance(commit, Commit)] for commits in fed
    ]


@pytest.fixture(scope="module")
def two_words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo signer spells LOVE, is gone for two seconds, and spells CELLO."""
    return write_mp4(
        tmp_path_factory.mktemp("film") / "words.mp4", rendered("LOVE CELLO", fps=15, width=320, height=240)
    )


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ((), "LOVE CELLO\n"),
        (("--word-pause", "0"), "LOVECELLO\n"),
        (("--word-pause", "2.8"), "LOVECELLO\n"),
        (("--sentence-pause", "1.5"), "LOVE\nCELLO\n"),
    ],
)
def test_a_pause_ends_the_word(two_words: Path, options: tuple[str, ...], text: str) -> None:
    """LOVE, two seconds without a hand, CELLO are two words, two sentences or one word, as the pauses are chosen."""
    assert run("caption", str(two_words), "--format", "text", *options) == text


def test_every_format_has_the_words(two_words: Path, tmp_path: Path) -> None:
    """JSON lines name the end of a word, and captions show the space."""
    lines = run("caption", str(two_words), "--format", "jsonl").splitlines()
    events = [event_adapter.validate_json(line) for line in lines]
    edits = [event for event in events if isinstance(event, Edit)]
    assert [event.text for event in edits] == ["LOVE ", "LOVE CELLO "]
    for shape in ("vtt", "srt"):
        shown = run("caption", str(two_words), "--format", shape).split("\n")
        assert "LOVE CELLO" in shown
        assert shown.count("LOVE") == 1


def test_text_goes_to_standard_output(one_letter: Path) -> None:
    """Without --output the letters stand on one line of the terminal, and nothing else does."""
    assert run("caption", one_letter) == "L\n"


@pytest.mark.parametrize(
    ("name", "begins"), [("demo.srt", "1\n"), ("demo.VTT", "WEBVTT"), ("demo.jsonl", "{"), ("demo.txt", "L")]
)
def test_the_suffix_names_the_format(one_letter: Path, tmp_path: Path, name: str, begins: str) -> None:
    """Without --format a file gets the format of its suffix."""
    run("caption", one_letter, "--output", tmp_path / name)
    assert (tmp_path / name).read_text().startswith(begins)


def test_an_unknown_suffix_is_refused(one_letter: Path, tmp_path: Path) -> None:
    """It names no format, so the error lists those that do, and nothing is written; --format decides instead."""
    output = tmp_path / "demo.doc"
    with pytest.raises(SettingsError, match=r"The suffix \.doc .* names no format") as caught:
        run("caption", one_letter, "--output", output)
    assert ".txt, .vtt, .srt, .jsonl, .ndjson" in caught.value.next_step
    assert not output.exists()
    run("caption", one_letter, "--output", output, "--format", "srt")
    assert output.read_text().startswith("1\n")
    run("caption", one_letter, "--output", tmp_path / "demo")
    assert (tmp_path / "demo").read_text().startswith("L")


def test_the_film_is_not_overwritten(one_letter: Path) -> None:
    """--output with the film's own path is refused, whatever the format, and the film stays as it is."""
    before = one_letter.read_bytes()
    with pytest.raises(SettingsError, match="--output would overwrite"):
        run("caption", one_letter, "--output", one_letter, "--format", "srt")
    assert one_letter.read_bytes() == before


def test_a_word_is_for_the_demo_signer(one_letter: Path) -> None:
    """--word with a film is refused, because the film's letters are not chosen."""
    with pytest.raises(SettingsError, match="--word is what the demo signer spells"):
        run("caption", one_letter, "--word", "HELLO")


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_folder_is_refused_with_a_loop(tmp_path: Path, slash: str) -> None:
    """The error says that it is a folder and how to caption all of its films."""
    with pytest.raises(SourceError, match="is a folder") as caught:
        run("caption", f"{tmp_path}{slash}")
    assert f'for film in {tmp_path}/*.mp4; do streamsign caption "$film"' in caught.value.next_step


def test_a_film_without_a_hand_says_so(tmp_path: Path) -> None:
    """A film of an empty wall writes no letters and says on stderr that no hand was seen."""
    with av.open(str(tmp_path / "wall.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = 320, 240
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((240, 320, 3), 150, np.uint8))))
        container.mux(stream.encode(None))
    shown = CliRunner().invoke(app, ["caption", str(tmp_path / "wall.mp4")])
    assert shown.stdout == "\n"
    assert shown.stderr.startswith("No letters found: 0% of the frames show a hand.")


def test_an_unknown_model_is_told() -> None:
    """A model that is not there is named before any video is opened."""
    with pytest.raises(ModelNotFound):
        _caption(None, model="no-such-model")


def test_the_model_can_be_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """STREAMSIGN_MODEL is used unless --model is given."""
    monkeypatch.setenv("STREAMSIGN_MODEL", "no-such-model")
    with pytest.raises(ModelNotFound, match="no-such-model"):
        run("caption", "demo", "--word", "L")
    assert run("caption", "demo", "--word", "L", "--model", "celov").strip() == "L"


def test_an_unreadable_video_is_told(tmp_path: Path) -> None:
    """A file that is not a video is a source error, and no output file is left behind."""
    video, output = tmp_path / "film.mp4", tmp_path / "film.vtt"
    video.write_bytes(b"no video at all" * 99)
    with pytest.raises(SourceError, match="cannot be opened"):
        _caption(output, "vtt", str(video))
    assert not output.exists()


def test_an_output_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A missing folder is an error before the video is read."""
    with pytest.raises(SettingsError, match="absent does not exist"):
        _caption(tmp_path / "absent" / "demo.vtt")


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--by", "line"], "--by has"),
        (["--by", "word", "--output", "a.jsonl"], "--by has"),
        (["--hand", "left", "--framing", "box"], "--hand has"),
    ],
)
def test_flags_that_contradict_each_other_are_refused(flags: list[str], named: str) -> None:
    """What another flag or the format leaves without effect is named before anything is read."""
    with pytest.raises(SettingsError, match=f"^{named} no effect: "):
        run("caption", "demo", *flags)


def test_an_empty_word_is_refused() -> None:
    """The demo signer does not spell a word of its own instead."""
    with pytest.raises(SourceError, match="was given no letters"):
        run("caption", "demo", "--word", "", "--model", "celov")


@pytest.mark.parametrize("command", ["caption", "watch"])
def test_help_is_readable(command: str) -> None:
    """The command's help opens and states its purpose."""
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0, shown.output
    assert "Usage" in shown.output
    assert "letters" in shown.output

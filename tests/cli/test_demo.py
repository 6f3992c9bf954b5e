import asyncio
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import get_type_hints

import av
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from streamsign.captions.events import Event, Hello
from streamsign.captions.log import CaptionLog
from streamsign.cli.demo import _play, demo, unread
from streamsign.demo.signer import DemoSigner
from streamsign.errors import AccessDenied, ConnectionFailed, SettingsError, SourceError
from streamsign.recognition.events import Commit
from tests.conftest import ROOT

app = typer.Typer()
app.command()(demo)


def _run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_save_and_truth_agree(tmp_path: Path) -> None:
    """--save writes a film as long as the signer's, --truth the held interval of each letter inside it."""
    film, truth = tmp_path / "v.mp4", tmp_path / "v.json"
    output = _run("v", "--letters-per-s", "3", "--save", str(film), "--truth", str(truth))
    assert "Wrote" in output
    reported = json.loads(truth.read_text())
    assert (reported["word"], reported["file"], reported["signer"]) == ("V", "v.mp4", "demo0")
    with av.open(str(film)) as container:
        seconds = container.streams.video[0].frames / reported["fps"]
    (letter,) = reported["letters"]
    assert letter["letter"] == "V"
    assert 0 < letter["start_s"] < letter["end_s"] < seconds
    assert letter["end_s"] - letter["start_s"] == pytest.approx(2 / 9)


def test_truth_labels_every_frame(tmp_path: Path) -> None:
    """With --coarticulated and a varied view, --truth holds one label for each frame of the film."""
    film, truth = tmp_path / "v.mjpeg", tmp_path / "v.json"
    _run("v", "--letters-per-s", "6", "--coarticulated", "--yaw", "-45", "--save", str(film), "--truth", str(truth))
    reported = json.loads(truth.read_text())
    (letter,) = reported["letters"]
    doing = [frame["doing"] for frame in reported["frames"]]
    assert len(doing) == film.read_bytes().count(b"\xff\xd8\xff")
    assert {"rest", "on the way", "letter"} == set(doing)
    held = [number / reported["fps"] for number, each in enumerate(doing) if each == "letter"]
    assert letter["start_s"] - 0.05 <= held[0] <= held[-1] <= letter["end_s"]
    assert {frame["letter"] for frame in reported["frames"]} == {"", "V"}


def test_mjpeg_is_written_for_a_fake_camera(tmp_path: Path) -> None:
    """A --save name ending in .mjpeg gives concatenated JPEGs."""
    film = tmp_path / "v.mjpeg"
    _run("V", "--letters-per-s", "6", "--save", str(film))
    content = film.read_bytes()
    assert content.startswith(b"\xff\xd8")
    assert content.endswith(b"\xff\xd9")


@pytest.mark.parametrize("name", ["v.avi", "v", "v.mp4.txt"])
def test_a_film_of_another_suffix_is_refused(tmp_path: Path, name: str) -> None:
    """Only MP4 and Motion JPEG are written; any other name is refused before the film is rendered."""
    with pytest.raises(SettingsError, match=r"does not end in \.mp4 or \.mjpeg"):
        CliRunner().invoke(app, ["V", "--save", str(tmp_path / name)], catch_exceptions=False)
    assert not list(tmp_path.iterdir())


def test_the_guide_has_the_rates_that_are_accepted() -> None:
    """Limits and default of --letters-per-s are those of the guide to demo films."""
    guide = (ROOT / "docs/how-to/demo-films.md").read_text(encoding="utf-8")
    (option,) = get_type_hints(demo, include_extras=True)["letters_per_s"].__metadata__
    default = inspect.signature(demo).parameters["letters_per_s"].default
    assert f"{option.min:g} to {option.max:g} letters a second. The default is {default:g}." in guide


def test_truth_needs_a_film(tmp_path: Path) -> None:
    """--truth without --save labels no film; the error names --save, and nothing is written or played."""
    with pytest.raises(SettingsError, match="that --save writes") as caught:
        CliRunner().invoke(app, ["V", "--truth", str(tmp_path / "v.json")], catch_exceptions=False)
    assert "--save FILE.mp4" in caught.value.next_step
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["J4ZZ"], SourceError),
        ([], SourceError),
        (["V", "--save", "/nowhere/at/all.mp4"], SettingsError),
        (["V", "--save", "v.mp4", "--truth", "/nowhere/at/all.json"], SettingsError),
        (["V", "--check", "--save", "v.mp4"], SettingsError),
        (["V", "--letters-per-s", "6", "http://192.0.2.1:8080"], AccessDenied),
        (["V", "--letters-per-s", "6", "http://127.0.0.1:9", "--state-dir", "/nowhere/at/all"], AccessDenied),
        (["V", "--letters-per-s", "6", "http://127.0.0.1:9", "--token", "t"], ConnectionFailed),
    ],
)
def test_what_cannot_be_done_is_an_error_with_a_next_step(arguments: list[str], error: type[Exception]) -> None:
    """Unknown letters, unwritable files, a missing token and a missing server each raise their own error."""
    with pytest.raises(error) as caught:
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert getattr(caught.value, "next_step", "")


@pytest.mark.parametrize(
    ("arguments", "flags"),
    [
        (["V", "--save", "v.mp4", "--model", "celov"], "--model has"),
        (["V", "--save", "v.mp4", "--model", "hand", "--reader", "small"], "--model and --reader have"),
        (["V", "--model", "celov"], "--model has"),
        (["V", "--save", "v.mp4", "--room", "a", "--insecure"], "--room and --insecure have"),
        (["V", "http://127.0.0.1:9", "--save", "v.mp4"], "URL has"),
        (["V", "--check", "--yaw", "5", "--no-face"], "--yaw and --face have"),
        (["V", "--check", "--token", "t"], "--token has"),
        (["V", "--ca", "a.pem", "--insecure"], "--ca has"),
    ],
)
def test_flags_without_effect_are_refused(tmp_path: Path, arguments: list[str], flags: str) -> None:
    """What only another way of the command uses is named before a film is made, and nothing is written."""
    save = [str(tmp_path / each) if each == "v.mp4" else each for each in arguments]
    with pytest.raises(SettingsError, match=f"^{flags} no effect: ") as caught:
        CliRunner().invoke(app, save, catch_exceptions=False)
    assert caught.value.next_step.startswith(f"Leave {flags.rpartition(' ')[0]} out, ")
    assert not list(tmp_path.iterdir())


def test_variables_without_effect_are_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server's address, token and model in the environment do not stop --save."""
    for name, value in (("PUBLIC_URL", "http://127.0.0.1:9"), ("PUBLISH_TOKEN", "t"), ("MODEL", "nosuch")):
        monkeypatch.setenv(f"STREAMSIGN_{name}", value)
    _run("V", "--letters-per-s", "6", "--save", str(tmp_path / "v.mjpeg"))


def test_letters_that_the_model_does_not_know_are_named() -> None:
    """Each missing letter once, with the letters the model knows and how to read all; nothing where all are known."""
    celov = ["celov", *"CELOV"]
    reason = unread("HELLOHI", celov)
    assert reason.startswith("H, I cannot be read: the model 'celov' knows C E L O V.")
    assert "--model alphabet" in reason
    assert unread("LOVE", celov) == unread("HELLO", []) == ""


def test_drawn_letters_are_left_out_of_single_frames() -> None:
    """--check names J and Z instead of counting frames that cannot show them."""
    assert " ".join(_run("JZ", "--check").split()).endswith("single frames do not show them.")
    assert " ".join(_run("Z", "--check").split()) == ("Left out: Z, drawn in the air; single frames do not show it.")


@pytest.mark.parametrize(("word", "error"), [("VA", SettingsError), ("V4", SourceError), (" ", SourceError)])
def test_letters_that_cannot_be_checked_are_refused(word: str, error: type[Exception]) -> None:
    """--check of a letter that the model does not read, or the signer does not sign, is an error."""
    with pytest.raises(error):
        CliRunner().invoke(app, [word, "--check", "--model", "celov"], catch_exceptions=False)


def test_spaces_and_repeated_letters_are_left_out_of_a_check() -> None:
    """--check of two words reads each letter once."""
    assert [line.split()[0] for line in _run("VO v", "--check").splitlines()] == ["V", "O", "100.0%"]


def test_what_a_drawn_letter_replaces_is_not_in_the_text_that_was_read() -> None:
    """J takes the place of the I that was read on the way; letters of the room before count for nothing."""
    log = CaptionLog("alphabet")
    hello = Hello(
        room="main", model="alphabet", letters=["I", "J", "O"], log_id="1", last_seq=0, replay="start", text=""
    )
    events: list[Event] = [hello, log.append_letter("camera", Commit("I", 1.0, 0.0, 0.1))]
    events += log.take_back("camera", 1, 1.0)
    events += [
        log.append_letter("camera", Commit(letter, 1.0, at_s, at_s)) for letter, at_s in (("J", 1.0), ("O", 2.0))
    ]

    async def send(*, on_event: Callable[[Event], None]) -> None:
        for event in events:
            on_event(event)

    assert asyncio.run(_play(Console(quiet=True), DemoSigner("JO"), send)) == ("JO", "")


def test_the_public_address_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an address the server is the one of STREAMSIGN_PUBLIC_URL, as in a cluster's program."""
    monkeypatch.setenv("STREAMSIGN_PUBLIC_URL", "http://127.0.0.1:9")
    with pytest.raises(ConnectionFailed, match=r"127\.0\.0\.1:9"):
        CliRunner().invoke(app, ["L", "--token", "t"], catch_exceptions=False)

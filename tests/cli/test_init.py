"""The entry point."""

import gc
import importlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import IO

import pytest
from typer.testing import CliRunner

from streamsign.cli import COMMANDS, app, load, main, quick_imports


def test_an_error_is_told_in_words(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A StreamsignError ends the command with exit code 1, its words and its next step, brackets included."""
    monkeypatch.setattr(sys, "argv", ["streamsign", "caption", "[not] a video.mp4"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    reported = capsys.readouterr().err
    assert "[not] a video.mp4" in reported
    assert "→" in reported


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--version"], 0), (["caption", "no-such-file.mp4"], 1), (["caption", "--no-such-flag"], 2)],
)
def test_exit_codes_are_the_documented_ones(monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int) -> None:
    """0 is success, 1 an error that the user can fix, 2 wrong usage."""
    monkeypatch.setattr(sys, "argv", ["streamsign", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code


def _interrupted(arguments: list[str], begun: Callable[[IO[bytes]], object]) -> int:
    """Exit code of a command that is interrupted after its start."""
    command = [sys.executable, "-m", "streamsign", *arguments]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Programs that a shell runs in the background, tests among them, pass on that Ctrl-C is to be ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        assert running.stdout is not None
        begun(running.stdout)
        running.send_signal(signal.SIGINT)
        return running.wait(20)


def test_interrupted_is_130() -> None:
    """Ctrl-C before a command is done; where Ctrl-C is how it ends, as with captions that follow a camera, it is 0."""
    with socket.create_server(("127.0.0.1", 0)) as silent, ExitStack() as asked:
        silent.settimeout(60)  # a command that ends before it asks fails the test instead of stopping the suite
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert (
            _interrupted(["demo", "L", url, "--token", "t"], lambda _: asked.enter_context(silent.accept()[0])) == 130
        )
    signing = ["caption", "demo", "--word", 20 * "LOVE", "--format", "jsonl"]
    assert _interrupted(signing, lambda reported: reported.readline()) == 0


def test_a_command_ends_without_a_search_for_garbage() -> None:
    """When the interpreter ends, the objects of the modules are put aside: a server would take half a second of CPU."""
    script = (
        "import atexit, gc, sys; atexit.register(lambda: print(gc.get_freeze_count() > 1000)); "
        "sys.argv = ['streamsign', '--version']; from streamsign.cli import main; main()"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "True"


def test_the_codes_and_the_completion_are_told() -> None:
    """--help lists the exit codes, and the shell's completion lists the commands."""
    reported = " ".join(CliRunner().invoke(app, ["--help"]).output.split())
    for code in ("0 success", "1 an error", "2 wrong usage", "130 interrupted"):
        assert code in reported
    asked = os.environ | {"_STREAMSIGN_COMPLETE": "complete_bash", "COMP_WORDS": "streamsign do", "COMP_CWORD": "1"}
    script = "from streamsign.cli import app; app(prog_name='streamsign')"
    ran = subprocess.run([sys.executable, "-c", script], env=asked, capture_output=True, text=True, check=False)
    assert ran.stdout.split() == ["doctor"]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_each_command_begins_as_in_the_list(name: str) -> None:
    """What the list of commands says before a command is imported is the first paragraph of its own help."""
    assert " ".join(str(load(name).help).split("\n\n")[0].split()) == COMMANDS[name]


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], []])
def test_the_root_imports_no_command(arguments: list[str]) -> None:
    """Showing the version or the help imports neither commands nor what they need."""
    script = (
        "import sys; sys.argv[0] = 'streamsign'\n"
        "from streamsign.cli import main\n"
        "try: main()\n"
        "finally: sys.stderr.write(' '.join(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    assert "streamsign" in ran.stdout
    imported = set(ran.stderr.split())
    heavy = {"numpy", "scipy", "cv2", "av", "aiortc", "fastapi", "pydantic", "tensorflow", "httpx"}
    assert imported & heavy == set()
    assert {name for name in imported if name.startswith("streamsign.")} <= {"streamsign.cli", "streamsign.errors"}


def test_a_misspelled_command_is_answered_with_the_right_one() -> None:
    """Wrong usage suggests what is close."""
    ran = CliRunner().invoke(app, ["serv"])
    assert ran.exit_code == 2
    assert "serve" in ran.output


def test_garbage_is_collected_again_after_imports() -> None:
    """Also after an import that failed; where collections were off before, they stay off."""
    with pytest.raises(ModuleNotFoundError), quick_imports():
        importlib.import_module("no_such_module")
    assert gc.isenabled()
    with quick_imports():
        with quick_imports():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()

"""cli/doctor.py: the table, the JSON, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streamsign.cli import app
from streamsign.errors import SettingsError
from streamsign.server.run import bind


@pytest.mark.parametrize(("model", "code"), [("celov", 0), ("no-such-model", 1)])
def test_the_exit_code_says_whether_captions_will_work(
    model: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every result has its words, and every failed one a next step."""
    for name, value in {"STATE_DIR": str(tmp_path), "PORT": "0", "LAN": "false"}.items():
        monkeypatch.setenv(f"STREAMSIGN_{name}", value)
    ran = CliRunner().invoke(app, ["doctor", "--json", str(tmp_path / "found.json"), "--model", model])
    found = json.loads((tmp_path / "found.json").read_text())
    assert (ran.exit_code, found["ok"]) == (code, code == 0)
    assert all(each["words"] for each in found["findings"])
    assert all(each["next_step"] for each in found["findings"] if each["health"] == "failed")
    table = CliRunner().invoke(app, ["doctor", "--model", model], env={"COLUMNS": "100"})
    assert table.exit_code == code
    assert f"model {model}" in table.output


def test_the_way_to_a_server_is_checked_where_it_is_named(tmp_path: Path) -> None:
    """With an address only that server is looked at; one that is not there is a failure with a next step."""
    with bind("127.0.0.1", 0, "--port") as free:
        port = free.getsockname()[1]
    ran = CliRunner().invoke(app, ["doctor", "--json", str(tmp_path / "found.json"), f"http://127.0.0.1:{port}"])
    (found,) = json.loads((tmp_path / "found.json").read_text())["findings"]
    assert (ran.exit_code, found["about"], found["health"]) == (1, "HTTP", "failed")
    assert found["next_step"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["http://127.0.0.1:9", "--model", "celov"], "--model has"),
        (["--token", "t", "--insecure"], "--token and --insecure have"),
        (["http://127.0.0.1:9", "--ca", "a.pem", "--insecure"], "--ca has"),
    ],
)
def test_flags_of_the_other_check_are_refused(arguments: list[str], named: str) -> None:
    """A model is of this computer; a token and certificates are of the way to a server."""
    with pytest.raises(SettingsError, match=f"^{named} no effect: "):
        CliRunner().invoke(app, ["doctor", *arguments], catch_exceptions=False)

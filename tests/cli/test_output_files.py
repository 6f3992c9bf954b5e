"""cli/output_files.py: output files are checked before the work."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.cli.output_files import require_outputs
from streamsign.errors import SettingsError


def test_a_missing_folder_is_named_with_its_option(tmp_path: Path) -> None:
    """The error names the folder and the option; a file in an existing folder and an option not given are accepted."""
    require_outputs(json=tmp_path / "out.json", html=None)
    with pytest.raises(SettingsError, match="no does not exist") as caught:
        require_outputs(json=tmp_path / "out.json", html=tmp_path / "no" / "page.html")
    assert "--html" in caught.value.next_step


def test_an_output_overwrites_neither_an_input_nor_another_output(tmp_path: Path) -> None:
    """One file under two paths is one file; folders and inputs that do not exist are ignored."""
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    (tmp_path / "link.mp4").symlink_to(film)
    require_outputs(film, tmp_path, Path("demo"), json=tmp_path / "a", html=tmp_path / "b")
    with pytest.raises(SettingsError, match="--json would overwrite"):
        require_outputs(film, json=tmp_path / "link.mp4")
    with pytest.raises(SettingsError, match="--json and --html name the same file"):
        require_outputs(json=tmp_path / "a", html=tmp_path / "." / "a")


def test_a_dash_is_not_taken_as_the_name_of_a_file() -> None:
    """Other programs write to the terminal then, so that a file called - would surprise."""
    with pytest.raises(SettingsError, match="--json writes a file, and - names none"):
        require_outputs(json=Path("-"))

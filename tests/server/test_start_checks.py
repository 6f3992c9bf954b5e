"""server/start_checks.py: what cannot work is stated before the server starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.errors import SettingsError
from streamsign.server.ondevice.runtime import FILES
from streamsign.server.start_checks import check_start
from streamsign.settings import read_settings


def test_a_file_in_place_of_the_collection_is_an_error(tmp_path: Path) -> None:
    """The file or a parent that is a file is named with the flag; a server that collects nothing starts."""
    file = tmp_path / "hands"
    file.write_text("mine")
    for folder in (file, file / "below"):
        with pytest.raises(SettingsError, match=r"hands is not a folder[\s\S]*--collection"):
            check_start(read_settings(collection=folder), pytest.fail)
        check_start(read_settings(collection=folder, max_pictures=0), pytest.fail)
    check_start(read_settings(collection=tmp_path / "new" / "hands"), pytest.fail)
    assert not (tmp_path / "new").exists()


def test_a_missing_runtime_of_phones_is_a_warning(tmp_path: Path) -> None:
    """It is shown only where phones read, and names the command; nothing is shown when the files are there."""
    shown: list[str] = []
    settings = read_settings(where="phone", state_dir=tmp_path)
    check_start(read_settings(state_dir=tmp_path), shown.append, tmp_path)
    assert not shown
    check_start(settings, shown.append, tmp_path)
    assert "streamsign phone-runtime" in shown.pop()
    for name in FILES:
        (tmp_path / f"{name}.gz").write_bytes(b"")
    check_start(settings, shown.append, tmp_path)
    assert not shown


def test_phones_do_not_read_with_a_fixed_framing(tmp_path: Path) -> None:
    """Every phone would send video instead, so both settings are named in an error."""
    with pytest.raises(SettingsError, match=r"framing auto only, not with box\.[\s\S]*--where phone"):
        check_start(read_settings(where="phone", framing="box", state_dir=tmp_path), pytest.fail)
    check_start(read_settings(framing="box", state_dir=tmp_path), pytest.fail)

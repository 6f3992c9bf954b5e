"""state/address.py: where the server of a state folder listens."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from streamsign.state.address import FILE, ServerAddress, announced, running_address

HERE = ServerAddress(host_url="http://localhost:9000/", base="https://192.0.2.7:8443")


def test_the_address_is_there_while_the_server_runs(tmp_path: Path) -> None:
    """It is read as it was written last, by its owner only, and gone afterwards."""
    assert running_address(tmp_path) is None
    with announced(tmp_path) as write:
        assert running_address(tmp_path) is None  # nothing written yet
        write(ServerAddress(host_url="http://localhost:9000/", base="https://a-much-longer-name.example.org:8443"))
        write(HERE)
        assert running_address(tmp_path) == HERE
        assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert running_address(tmp_path) is None


def test_the_address_of_a_killed_server_is_not_believed(tmp_path: Path) -> None:
    """What a killed process left behind counts as no server."""
    script = (
        "import os, pathlib, sys; from streamsign.state.address import *\n"
        "with announced(pathlib.Path(sys.argv[1])) as write:\n"
        "    write(ServerAddress(host_url='http://localhost:1/', base=None)); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert (tmp_path / FILE).read_text()
    assert running_address(tmp_path) is None
    with announced(tmp_path) as write:
        write(HERE)
        assert running_address(tmp_path) == HERE


def test_a_second_server_leaves_the_first_ones_address(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The one that came first stays named, and the log says that two use the folder."""
    with announced(tmp_path) as write:
        write(HERE)
        with announced(tmp_path) as other:
            other(ServerAddress(host_url="http://localhost:1/", base=None))
        assert running_address(tmp_path) == HERE
    assert "another server uses the state folder" in caplog.text


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff" * 9000])
def test_a_damaged_file_names_no_server(tmp_path: Path, content: bytes) -> None:
    """For every invalid content of the file, no server is known."""
    with announced(tmp_path):
        (tmp_path / FILE).write_bytes(content)
        assert running_address(tmp_path) is None


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Without the file the server runs on, and no link in the folder is followed."""
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere")
    with announced(tmp_path) as write:
        write(HERE)
    assert not (tmp_path / "elsewhere").exists()
    assert "the address cannot be written" in caplog.text

"""cli/output_files.py: folders of output files are checked before the work."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.cli.output_files import require_folders
from streamsign.errors import SettingsError


def test_a_missing_folder_is_named_with_its_option(tmp_path: Path) -> None:
    """The error names the folder and the option; a file in an existing folder and an option not given are accepted."""
    require_folders(json=tmp_path / "out.json", html=None)
    with pytest.raises(SettingsError, match="no does not exist") as caught:
        require_folders(json=tmp_path / "out.json", html=tmp_path / "no" / "page.html")
    assert "--html" in caught.value.next_step

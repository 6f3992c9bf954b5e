"""sources/webcam.py: what happens without a camera."""

from __future__ import annotations

import pytest

from streamsign.errors import SourceError
from streamsign.sources import open_source


@pytest.mark.parametrize("spec", ["97", 97])
def test_no_camera_says_what_to_check(spec: str | int) -> None:
    """A number without a camera behind it gives an error that lists what to look at."""
    with pytest.raises(SourceError, match="Camera 97 cannot be opened") as reported:
        open_source(spec)
    assert "plugged in" in reported.value.next_step

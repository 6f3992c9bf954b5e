"""The numbers in a model's folder."""

from pathlib import Path

import pytest

from streamsign.errors import ModelInvalid
from streamsign.recognition.speller import CommitRule
from streamsign.recognition.tuning import FILE, Tuning, load_tuning


def test_a_model_without_the_file_has_the_defaults(tmp_path: Path) -> None:
    """Older models and one's own work without it."""
    assert load_tuning(tmp_path) == Tuning()


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Numbers survive the file."""
    tuning = Tuning(rule=CommitRule(hold_s=0.123), fitted={"split": "val"})
    (tmp_path / FILE).write_text(tuning.model_dump_json())
    assert load_tuning(tmp_path) == tuning


@pytest.mark.parametrize(
    ("text", "place"),
    [("{", "wrong"), ('{"rates": {"correlation_s": 0}}', "rates.correlation_s"), ('{"gate": {"sharp": 0.1}}', "gate"),
     ('{"rule": {"hold": 1}}', "rule.hold"), ('{"rule": {"hold_s": 1e999}}', "rule.hold_s"),
     ('{"rates": {"most": NaN}}', "rates.most")],
)  # fmt: skip
def test_a_wrong_number_is_named(tmp_path: Path, text: str, place: str) -> None:
    """The error gives the place and the next step."""
    (tmp_path / FILE).write_text(text)
    with pytest.raises(ModelInvalid, match=place) as caught:
        load_tuning(tmp_path)
    assert "--task temporal" in caught.value.next_step

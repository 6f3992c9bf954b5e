"""The stamps of a letter's way from lens to screen."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.captions.events import Letter, event_adapter
from streamsign.captions.ledger import SPANS, STAGES, STAMPS, Ledger, stages_ms

_STEPS = st.lists(st.floats(0, 10), min_size=len(STAMPS), max_size=len(STAMPS))
_TAKEN = st.sets(st.sampled_from(STAMPS))


def _full(**changed: float | None) -> Ledger:
    stamps = {name: 100 + 0.01 * place for place, name in enumerate(STAMPS)}
    return Ledger(**{**stamps, "captured_error_s": 0.002, "painted_error_s": 0.002, **changed})


def test_stages_join_end_to_end() -> None:
    """Every stage begins where the one before ends, and every stamp is a field of the ledger."""
    assert [stage.begin for stage in STAGES] == list(STAMPS[:-1])
    assert [stage.end for stage in STAGES] == list(STAMPS[1:])
    assert set(STAMPS) == set(asdict(Ledger())) - {"captured_error_s", "painted_error_s"}


def test_a_full_ledger_tells_every_stage() -> None:
    """With all stamps taken every stage has its time, in order, and the spans are measured across them."""
    stages_ms = _full().stages_ms()
    assert list(stages_ms) == [stage.name for stage in (*STAGES, *SPANS)]
    assert [stages_ms[stage.name] for stage in STAGES] == pytest.approx([10] * len(STAGES))
    assert stages_ms["total"] == pytest.approx(50)
    assert stages_ms["whole"] == pytest.approx(110)


@given(_STEPS, _TAKEN)
def test_a_stage_needs_both_its_stamps(steps: list[float], taken: set[str]) -> None:
    """A stage has a time exactly if both of its stamps were taken; none is interpolated."""
    at_s, stamps = 1000.0, {}
    for name, step_s in zip(STAMPS, steps, strict=True):
        at_s += step_s
        if name in taken:
            stamps[name] = at_s
    reported = Ledger.of(stamps).stages_ms()
    assert reported == stages_ms({"lunch_s": 3.0, **stamps})
    assert set(reported) == {stage.name for stage in (*STAGES, *SPANS) if {stage.begin, stage.end} <= taken}
    assert all(ms >= 0 for ms in reported.values())


def test_stamps_move_to_another_clock_together() -> None:
    """An offset moves every stamp and no duration; other names are ignored."""
    ledger = Ledger.of({"taken_s": 1.0, "decoded_s": 1.5, "lunch_s": 2.0}, offset_s=1e9)
    assert (ledger.taken_s, ledger.decoded_s) == (1e9 + 1.0, 1e9 + 1.5)
    assert ledger.stages_ms() == {"decode": 500.0}


def test_an_error_belongs_to_a_capture_time() -> None:
    """Without a capture time there is nothing for its error to be about."""
    assert Ledger.of({"decoded_s": 1.0}, captured_error_s=0.003).captured_error_s is None
    assert Ledger.of({"captured_s": 1.0}, captured_error_s=0.003).captured_error_s == 0.003


@pytest.mark.parametrize(("early_ms", "reported"), [(1.5, 0.0), (2.5, None)])
def test_a_foreign_clock_may_be_wrong_by_its_error_only(early_ms: float, reported: float | None) -> None:
    """A letter painted before it was sent took no time where the error explains it, and an unknown time where not."""
    sent_s = _full().sent_s
    assert sent_s is not None
    ledger = _full().with_painted(sent_s - early_ms / 1000, error_s=0.002)
    assert ledger.stages_ms().get("paint") == reported


def test_our_own_clock_is_never_wrong() -> None:
    """Stamps of one clock that run backwards are a fault, not a time."""
    assert "crop" not in _full(cropped_s=1.0).stages_ms()


def test_a_letter_carries_its_ledger_over_the_wire() -> None:
    """Stamps survive JSON, missing ones as null; a letter of an older log, without a ledger, is still read."""
    letter = Letter(
        seq=1, session="s", letter="L", text="L", confidence=1, started_s=1, captured_s=2, ledger=_full()
    ).model_copy(update={"ledger": Ledger(decoded_s=1.5).with_sent(2.5)})
    text = letter.model_dump_json()
    assert '"painted_s":null' in text
    assert event_adapter.validate_json(text) == letter
    older = letter.model_dump(exclude={"ledger"})
    read = event_adapter.validate_python(older)
    assert isinstance(read, Letter)
    assert read.ledger == Ledger()

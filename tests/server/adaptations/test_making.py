"""server/adaptations/making.py: what an adaptation that cannot be made or stored answers."""

from __future__ import annotations

import pytest

from streamsign.adapting.adapt import Adapted
from streamsign.errors import AdaptationRefused, ModelInvalid, StreamsignError, TrainingError
from streamsign.server.adaptations.making import adapt_room
from streamsign.server.http.problems import Problem
from tests.server.conftest import Running


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (AdaptationRefused("worse.", "Record more."), "adaptation_refused"),
        (ModelInvalid("damaged.", "Copy it again."), "model_unusable"),
        (TrainingError("unreadable.", "Replace it."), "collection_unusable"),
    ],
)
async def test_each_cause_has_its_reason(running: Running, error: StreamsignError, reason: str) -> None:
    """The answer is 409 with the error's own words, and the room has no adaptation."""

    def make() -> Adapted:
        raise error

    with pytest.raises(Problem) as refused:
        await adapt_room(running.server, "main", make)
    assert (refused.value.status_code, refused.value.reason, refused.value.next_step) == (409, reason, error.next_step)
    assert running.cameras.adaptations.of("main") is None

"""server/captions/edit_pace.py: edits that come too fast."""

from __future__ import annotations

import pytest

from streamsign.server.captions.edit_pace import MAX_KEPT, EditPace
from streamsign.server.http.problems import Problem
from tests.server.conftest import Running


def test_each_holder_has_its_own_rate_in_each_room() -> None:
    """Beyond the burst a holder waits; another holder, and the same one in another room, do not."""
    pace = EditPace(1.0)
    for _ in range(4):
        pace.count("main", "a", 0, 0.0)
    with pytest.raises(Problem) as refused:
        pace.count("main", "a", 0, 0.0)
    assert (refused.value.status_code, refused.value.reason) == (429, "too_many_edits")
    assert refused.value.headers == {"Retry-After": "1"}
    pace.count("main", "b", 0, 0.0)
    pace.count("left", "a", 0, 0.0)
    pace.count("main", "a", 0, 1.0)


def test_a_long_text_counts_as_several() -> None:
    """After a text of 1,500 characters as many edits are taken as after four short ones."""
    pace = EditPace(1.0)
    pace.count("main", "a", 1500, 0.0)
    with pytest.raises(Problem):
        pace.count("main", "a", 0, 0.0)


def test_few_holders_are_remembered() -> None:
    """The holders that edited last are kept, and no more than the limit."""
    pace = EditPace(1.0)
    for number in range(MAX_KEPT + 10):
        pace.count("main", str(number), 0, 0.0)
    assert len(pace._paces) == MAX_KEPT


async def test_a_flood_of_edits_is_answered_429(running: Running) -> None:
    """Edits without a pause are stored up to the burst; the next is refused with the time to wait."""
    answers = [await running.http.post("/rooms/main/edits", json={"action": "space"}) for _ in range(400)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].json()["reason"] == "too_many_edits"
    assert int(refused[0].headers["Retry-After"]) >= 1
    assert (await running.server.rooms.get("main")).log.last_seq == len(answers) - len(refused)

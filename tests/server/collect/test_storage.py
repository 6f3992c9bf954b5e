"""server/collect/storage.py: errors of the folder as problems."""

from __future__ import annotations

import errno

import pytest

from streamsign.errors import CollectionError, CollectionFull
from streamsign.server.collect.storage import in_folder
from streamsign.server.http.problems import Problem


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (CollectionFull("Full.", "Delete."), 507, "collection_full"),
        (CollectionError("Damaged.", "Repair."), 409, "collection_unusable"),
        (OSError(errno.ENOSPC, "No space left on device"), 507, "not_stored"),
    ],
)
async def test_each_error_has_its_answer(error: Exception, status: int, reason: str) -> None:
    """The status and the reason name the kind of problem for programs."""

    def fails() -> None:
        raise error

    with pytest.raises(Problem) as raised:
        await in_folder(fails)
    assert (raised.value.status_code, raised.value.reason) == (status, reason)
    assert raised.value.next_step


async def test_the_result_comes_back() -> None:
    """What the work returns is returned."""
    assert await in_folder(lambda: 3) == 3

"""server/grants/holds.py: what is open ends with its grant."""

from __future__ import annotations

import asyncio

from streamsign.server.grants.holds import CHECK_EVERY_S, EXPIRED, REVOKED, Holds
from streamsign.state.grants import Grant, Right
from tests.virtual_time import in_virtual_time


def _grant(holder: str, expires_s: int = 100) -> Grant:
    return Grant(frozenset({Right.VIEW}), "main", holder, expires_s)


@in_virtual_time
async def test_connections_end_when_their_grant_does() -> None:
    """A revoked one and an expired one are ended once with their reasons; others, and those that have left, are not."""
    now, revoked, ended = [0.0], set[str](), list[tuple[str, str]]()
    holds = Holds(lambda grant: grant.holder in revoked, lambda: now[0])
    with (
        holds.hold(_grant("stays"), lambda why: ended.append(("stays", why))),
        holds.hold(_grant("old", 50), lambda why: ended.append(("old", why))),
        holds.hold(_grant("bad"), lambda why: ended.append(("bad", why))),
        holds.hold(None, lambda why: ended.append(("fixed", why))),
    ):
        with holds.hold(_grant("bad"), lambda why: ended.append(("left", why))):
            assert len(holds) == 4
        revoked.add("bad")
        holds.check()
        assert ended == [("bad", REVOKED)]
        now[0] = 50.0
        await asyncio.sleep(1.5 * CHECK_EVERY_S)
        assert ended[1:] == [("old", EXPIRED)]
    assert len(holds) == 0
    holds.close()


@in_virtual_time
async def test_an_error_of_one_end_does_not_stop_the_checks() -> None:
    """The other connections are checked again, and end with their grants."""
    ended = asyncio.Event()
    now = [0.0]
    holds = Holds(lambda _: False, lambda: now[0])

    def fail(_: str) -> None:
        raise RuntimeError("broken")

    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    with holds.hold(_grant("broken", 10), fail), holds.hold(_grant("other", 20), lambda _: ended.set()):
        now[0] = 10.0
        await asyncio.sleep(1.5 * CHECK_EVERY_S)
        assert len(reported) == 1
        assert not ended.is_set()
        now[0] = 20.0
        await asyncio.wait_for(ended.wait(), 2 * CHECK_EVERY_S)
    holds.close()


async def test_what_may_finish_ends_when_its_grant_is_revoked_alone() -> None:
    """Its grant's end is not looked at."""
    now, revoked, ended = [0.0], set[str](), list[str]()
    holds = Holds(lambda grant: grant.holder in revoked, lambda: now[0])
    with holds.hold(_grant("phone", 50), ended.append, expires=False):
        now[0] = 60.0
        holds.check()
        assert ended == []
        revoked.add("phone")
        holds.check()
        assert ended == [REVOKED]
    holds.close()

"""server/pairing/codes.py: one-time codes, in virtual time."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Coroutine
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from streamsign.server.pairing.codes import (
    CODE_BYTES,
    LIFE_S,
    MAX_CODES,
    RENEW_AFTER_S,
    CodeRefused,
    PairingCodes,
    Refusal,
)

T = TypeVar("T")


class Codes(RuleBasedStateMachine):
    """Whatever is shown, scanned and waited for, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.codes = PairingCodes(clock=lambda: self.now)
        self.made: dict[str, tuple[str, float]] = {}
        self.used: set[str] = set()
        self.loop = asyncio.new_event_loop()

    def teardown(self) -> None:
        """Close the event loop."""
        self.loop.close()

    def run(self, step: Coroutine[None, None, T]) -> T:
        """Run a coroutine to its end."""
        return self.loop.run_until_complete(step)

    @rule(room=st.sampled_from(["main", "other"]))
    def show(self, room: str) -> None:
        """What is shown can be used, for a while yet, and opens its room alone."""
        offered = self.run(self.codes.current(room))
        assert offered.code not in self.used
        assert offered.expires_s > LIFE_S - RENEW_AFTER_S
        assert self.made.setdefault(offered.code, (room, self.now))[0] == room

    @rule(seconds=st.floats(0, 200))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds

    @rule(choice=st.integers(0, 10**6))
    def scan(self, choice: int) -> None:
        """A code that was shown opens its room once and in time; else it is said why not."""
        if not self.made:
            return
        code = list(self.made)[choice % len(self.made)]
        room, made_s = self.made[code]
        if code in self.used or self.now - made_s >= LIFE_S:
            with pytest.raises(CodeRefused) as refused:
                self.run(self.codes.redeem(code))
            assert refused.value.reason is not Refusal.USED or code in self.used
        else:
            assert self.run(self.codes.redeem(code)) == room
            self.used.add(code)

    @rule(code=st.text(max_size=30))
    def guess(self, code: str) -> None:
        """What was never shown opens nothing."""
        if code not in self.made:
            with pytest.raises(CodeRefused) as refused:
                self.run(self.codes.redeem(code))
            assert refused.value.reason is Refusal.UNKNOWN

    @invariant()
    def bounded(self) -> None:
        """Not more is remembered than the limit."""
        assert len(self.codes) <= MAX_CODES


TestCodes = Codes.TestCase
TestCodes.settings = settings(max_examples=40, stateful_step_count=30)


async def test_a_code_has_128_random_bits() -> None:
    """Its text holds sixteen bytes, and no two are alike."""
    codes = PairingCodes(clock=lambda: 0.0)
    first, second = (await codes.current("a")).code, (await codes.current("b")).code
    assert len(base64.urlsafe_b64decode(first + "==")) == CODE_BYTES == 16
    assert first != second


async def test_whoever_waits_hears_of_a_used_code() -> None:
    """A use rings the bell: the next code is there at once, and it is another one."""
    codes = PairingCodes(clock=lambda: 0.0)
    shown = await codes.current("main")
    waiting = asyncio.ensure_future(codes.wait("main", shown.version, 60))
    await asyncio.sleep(0)
    assert not waiting.done()
    await codes.redeem(shown.code)
    fresh = await asyncio.wait_for(waiting, 5)
    assert fresh.version != shown.version


async def test_nobody_is_kept_waiting_at_the_end() -> None:
    """Closing ends all waits, and later calls do not wait."""
    codes = PairingCodes(clock=lambda: 0.0)
    version = (await codes.current("main")).version
    waiting = asyncio.ensure_future(codes.wait("main", version, 60))
    await asyncio.sleep(0)
    codes.close()
    assert (await asyncio.wait_for(waiting, 5)).version == version
    assert (await asyncio.wait_for(codes.wait("main", version, 60), 5)).version == version

"""Virtual time for tests that wait only for timers: an hour of them takes as long as what they do."""

from __future__ import annotations

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, ParamSpec, TypeVar, TypeVarTuple

Given = ParamSpec("Given")
Args = TypeVarTuple("Args")
Result = TypeVar("Result")


class _JumpingSelector(selectors.DefaultSelector):
    """A selector whose clock stands still while there is something to do, and else jumps to the next timer.

    Attributes:
        now_s: the clock, seconds.
        working: threads that work for the loop. While there are any the selector waits in real time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.working = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; without anything, advance the clock by ``timeout`` seconds."""
        if ready := super().select(0):
            return ready
        if timeout is None or self.working:
            ready = super().select(timeout)
        if not ready and timeout is not None:
            self.now_s += max(0.0, timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop in which ``asyncio.sleep()``, timeouts and ``call_later()`` take no real time.

    The clock jumps to the next timer when no callback is due and no file descriptor is ready, as in Trio's
    ``autojump_clock``. Threads are waited for in real time. What arrives from outside of the process is not: a test
    with a network, a browser or another process takes the ordinary loop.
    """

    def __init__(self) -> None:
        self._selector_clock = _JumpingSelector()
        super().__init__(self._selector_clock)

    def time(self) -> float:
        """Seconds since the loop was made, in virtual time."""
        return self._selector_clock.now_s

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Args], Result], *args: *Args
    ) -> asyncio.Future[Result]:
        """Run a function in a thread; the clock does not jump while it runs."""
        future = super().run_in_executor(executor, func, *args)
        self._selector_clock.working += 1
        future.add_done_callback(self._finished)
        return future

    def _finished(self, _: object) -> None:
        self._selector_clock.working -= 1


def in_virtual_time(test: Callable[Given, Coroutine[Any, Any, None]]) -> Callable[Given, None]:
    """Decorate a test that is a coroutine function: it runs in a :class:`VirtualTimeLoop` of its own.

    Its fixtures must not be coroutines, because those run in the loop of pytest-asyncio.
    """

    @functools.wraps(test)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> None:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run

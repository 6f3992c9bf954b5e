"""A discrete-event simulation of cameras that come, are placed, lose their worker, and leave; deterministic by seed.

Cameras, offers and workers are individual; letters are not: a camera has a rate of letters, and what happens to them in
a silence or an outage is computed from its duration. Time is virtual.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from benchmarks.scale.placement import Policy, Pool
from benchmarks.scale.scenario import HOUR_S, LESSON_SPREAD_S, MEAN_LESSON_S, Scenario
from benchmarks.scale.tally import Tally, spread_of

Steps = Generator[simpy.Event, Any, Any]

SAMPLE_EVERY_S = 60.0
LATE_SAMPLES = 10_000
"""Letters whose delay is drawn in an outage of NATS; more would not change the percentiles."""

BROKERS = 3


@dataclass(eq=False, slots=True)
class Worker:
    """One worker process.

    Attributes:
        number: its number, from 0.
        state: "open", "draining" or "down".
        cameras: cameras that it has, in order of their arrival, with those that are connecting.
        free_s: when its core has done the connections it has begun.
        second: the second of ``offers``.
        offers: offers it got in that second.
    """

    number: int
    state: str = "open"
    cameras: dict[Camera, None] = field(default_factory=dict)
    free_s: float = 0.0
    second: int = 0
    offers: int = 0


@dataclass(eq=False, slots=True)
class Camera:
    """One camera.

    Attributes:
        ends_s: when it leaves.
        silent_s: since when it has no media, and the reason; None while it has.
        steps: its process.
    """

    ends_s: float
    silent_s: float | None
    reason: str = "begin"
    steps: simpy.Process | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a camera is interrupted: its worker ended, or drains."""

    reason: str
    worker: Worker


class Simulation:
    """One run of a scenario.

    Args:
        scenario: what is simulated.
        seed: of all random draws.

    Attributes:
        tally: what was counted so far.
        workers: all workers.
        pool: the open ones, by load.
    """

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self.env = simpy.Environment()
        self.draw = random.Random(seed)
        self.tally = Tally()
        self.workers = [Worker(number) for number in range(scenario.workers)]
        self.pool: Pool[Worker] = Pool(scenario.places)
        for worker in self.workers:
            self.pool.put(worker, 0)
        self._known_least = 0
        self._announced_least = 0
        self._gateways = simpy.Resource(self.env, scenario.gateways)
        self._live = 0
        self._broker_back_s = 0.0

    @property
    def known_least(self) -> int:
        """The least load by the announcements that have reached the workers."""
        return self._known_least

    def run(self) -> Tally:
        """Simulate, and return the counts."""
        given = self.scenario
        self.env.process(self._arrivals())
        self.env.process(self._samples())
        if given.crash_every_s is not None:
            self.env.process(self._crashes(given.crash_every_s))
        if given.machine_lost_s is not None:
            self.env.process(self._lose_machine(given.machine_lost_s))
        if given.upgrade_s is not None:
            self.env.process(self._upgrade(given.upgrade_s))
        if given.broker_lost_s is not None:
            self.env.process(self._lose_broker(given.broker_lost_s))
        self.env.run(until=given.lasts_s)
        return self.tally

    @property
    def live(self) -> int:
        """Cameras that came and have not left."""
        return self._live

    def _counts(self) -> bool:
        return self.env.now >= self.scenario.settled_s

    def _count(self, what: str, number: float = 1) -> None:
        if self._counts():
            self.tally.counted[what] += number

    def _arrivals(self) -> Steps:
        """Cameras of a Poisson process whose rate changes: drawn at its greatest rate and thinned."""
        given, most = self.scenario, self.scenario.most_begin_a_s
        while True:
            yield self.env.timeout(self.draw.expovariate(most))
            lessons, others = given.begins_a_s(self.env.now)
            chosen = self.draw.random() * most
            if chosen < lessons:
                stays_s = MEAN_LESSON_S + self.draw.uniform(-LESSON_SPREAD_S, LESSON_SPREAD_S)
            elif chosen < lessons + others:
                stays_s = self.draw.expovariate(1 / given.session_s)
            else:
                continue
            camera = Camera(self.env.now + stays_s, self.env.now)
            camera.steps = self.env.process(self._camera(camera))

    def _camera(self, camera: Camera) -> Steps:
        """A camera from its first offer until it leaves."""
        self.tally.begun += 1
        self._live += 1
        self.tally.most_live = max(self.tally.most_live, self._live)
        hour = int(self.env.now // HOUR_S)
        self.tally.hourly_live[hour] = max(self.tally.hourly_live[hour], self._live)
        here: Worker | None = None
        while self.env.now < camera.ends_s:
            there: Worker | None = None
            try:
                if here is None or here.state != "open":
                    there = yield from self._offer(camera)
                    if there is None:
                        left_s = max(0.0, camera.ends_s - self.env.now)  # an offer may outlast the camera
                        yield self.env.timeout(min(self.scenario.retry_after_s, left_s))
                        continue
                    yield self.env.timeout(self._connects_s(there))
                    if here is not None:
                        self._leave(here, camera)
                        self._count("moved")
                    here, there = there, None
                    self._has_media(camera)
                yield self.env.timeout(max(0.0, camera.ends_s - self.env.now))
            except simpy.Interrupt as interrupt:
                here = yield from self._lost(camera, interrupt.cause, here, there)
        if here is not None:
            self._leave(here, camera)
            self.tally.ended += 1
        else:
            self.tally.abandoned += 1
        self._live -= 1
        self._silence_ends(camera, counted=False)

    def _lost(self, camera: Camera, loss: Any, here: Worker | None, there: Worker | None) -> Steps:
        """After an interrupt: the worker that the camera still has, if any."""
        if there is not None:  # the connection that had begun is given up
            self._leave(there, camera)
        if loss.reason == "move" or (here is not None and loss.worker is not here):
            return here
        camera.silent_s = self.env.now if camera.silent_s is None else camera.silent_s
        camera.reason = loss.reason
        until_s = self.env.now + self.scenario.silence_s
        while self.env.now < until_s:
            try:
                yield self.env.timeout(until_s - self.env.now)
            except simpy.Interrupt:  # another loss changes nothing: it has no worker
                continue
        return None

    def _offer(self, camera: Camera) -> Steps:
        """Ask a gateway for a worker; None when it answers 503."""
        given = self.scenario
        with self._gateways.request() as turn:
            yield turn
            if given.offer_cpu_s:
                yield self.env.timeout(self.draw.expovariate(1 / given.offer_cpu_s))
        if self.env.now < self._broker_back_s and self.draw.random() < 1 / BROKERS:
            yield self.env.timeout(self._broker_back_s - self.env.now)
        self._count("offers")
        for attempt in range(given.attempts):
            # Every second time any worker with a place may take it, as the gateway asks.
            policy = Policy.RANDOM if given.policy is Policy.GROUP and attempt % 2 else given.policy
            worker = self.pool.choose(policy, self._known_least, given.slack, self.draw)
            if worker is not None:
                self._take(worker, camera)
                return worker
            if attempt + 1 < given.attempts:
                self._count("asked_again")
                yield self.env.timeout(given.again_s if attempt % 2 else 0.0)
        self._count("refused")
        return None

    def _take(self, worker: Worker, camera: Camera) -> None:
        worker.cameras[camera] = None
        self.pool.put(worker, len(worker.cameras))
        second = int(self.env.now)
        worker.offers = worker.offers + 1 if worker.second == second else 1
        worker.second = second
        if self._counts():
            self.tally.busiest = max(self.tally.busiest, worker.offers)
        self._announce()

    def _leave(self, worker: Worker, camera: Camera) -> None:
        if worker.cameras.pop(camera, camera) is camera:
            return
        if worker.state == "open":
            self.pool.put(worker, len(worker.cameras))
            self._announce()

    def _connects_s(self, worker: Worker) -> float:
        """Time until media flows: the worker's core makes one connection after another, then the network."""
        worker.free_s = max(worker.free_s, self.env.now) + self.scenario.connect_cpu_s
        return worker.free_s - self.env.now + self.scenario.round_trips_s

    def _announce(self) -> None:
        """Let the workers know the least load a moment later."""
        least = self.pool.least
        if least == self._announced_least:
            return
        self._announced_least = least
        if self.scenario.policy is not Policy.GROUP or self.scenario.known_after_s == 0:
            self._known_least = least
            return

        def known(_: simpy.Event) -> None:
            self._known_least = least

        timeout = self.env.timeout(self.scenario.known_after_s)
        assert timeout.callbacks is not None  # noqa: S101 - it has not been processed
        timeout.callbacks.append(known)

    def _has_media(self, camera: Camera) -> None:
        self._silence_ends(camera, counted=True)
        camera.silent_s = None

    def _silence_ends(self, camera: Camera, *, counted: bool) -> None:
        """Count the letters that were signed without media, and the silence if media is back."""
        if camera.silent_s is None or not self._counts():
            return
        silent_s = self.env.now - camera.silent_s
        if counted:
            self.tally.silences_s[camera.reason].append(silent_s)
        if camera.reason != "begin":
            self._count("letters_unread", silent_s * self.scenario.letters_a_s)

    def _samples(self) -> Steps:
        while True:
            yield self.env.timeout(SAMPLE_EVERY_S)
            self._count("letters", self._live * SAMPLE_EVERY_S * self.scenario.letters_a_s)
            if self._counts() and (spread := spread_of(list(self.pool.loads()))) is not None:
                self.tally.spreads.append(spread)

    def _crashes(self, every_s: float) -> Steps:
        while True:
            yield self.env.timeout(self.draw.expovariate(len(self.workers) / every_s))
            worker = self.workers[self.draw.randrange(len(self.workers))]
            if worker.state == "open":
                self._count("crashes")
                self._end(worker, "crash", self.scenario.starts_s)

    def _lose_machine(self, at_s: float) -> Steps:
        yield self.env.timeout(at_s)
        for worker in self.workers[: self.scenario.machine_workers]:
            self._end(worker, "machine", self.scenario.machine_back_s)

    def _end(self, worker: Worker, reason: str, back_s: float) -> None:
        """End a worker with its cameras; another one takes its place later."""
        worker.state = "down"
        self.pool.remove(worker)
        self._announce()
        cameras, worker.cameras = list(worker.cameras), {}
        for camera in cameras:
            assert camera.steps is not None  # noqa: S101 - set when it came
            camera.steps.interrupt(Loss(reason, worker))
        self.env.process(self._start(worker, back_s))

    def _start(self, worker: Worker, after_s: float) -> Steps:
        yield self.env.timeout(after_s)
        worker.state, worker.free_s = "open", self.env.now
        self.pool.put(worker, 0)
        self._announce()

    def _upgrade(self, at_s: float) -> Steps:
        """Drain and start the workers of one machine after another."""
        given = self.scenario
        yield self.env.timeout(at_s)
        for begin in range(0, len(self.workers), given.machine_workers):
            machine = [each for each in self.workers[begin : begin + given.machine_workers] if each.state == "open"]
            for worker in machine:
                worker.state = "draining"
                self.pool.remove(worker)
            self._announce()
            for worker in machine:
                for camera in list(worker.cameras):
                    assert camera.steps is not None  # noqa: S101 - set when it came
                    camera.steps.interrupt(Loss("move", worker))
            until_s = self.env.now + given.drain_s
            while self.env.now < until_s and any(worker.cameras for worker in machine):
                yield self.env.timeout(0.5)
            for worker in machine:
                self._end(worker, "drain", given.starts_s)
            yield self.env.timeout(given.starts_s)

    def _lose_broker(self, at_s: float) -> Steps:
        """Letters wait in their worker until another server leads the stream; clients of the lost one connect again."""
        yield self.env.timeout(at_s)
        leader_s = self.scenario.leader_s
        self._broker_back_s = self.env.now + leader_s
        letters = round(self._live * leader_s * self.scenario.letters_a_s)
        self._count("letters_late", letters)
        drawn = min(letters, LATE_SAMPLES)
        self.tally.letters_late_s += [self.draw.uniform(0, leader_s) for _ in range(drawn)]


def simulate(scenario: Scenario, seed: int) -> Tally:
    """Run a scenario."""
    return Simulation(scenario, seed).run()


def conserved(simulation: Simulation) -> Counter[str]:
    """Sums that are equal in pairs: cameras begun, and those that left or are there; loads, and cameras held."""
    tally = simulation.tally
    return Counter(
        begun=tally.begun,
        accounted=tally.ended + tally.abandoned + simulation.live,
        loads=simulation.pool.sessions,
        held=sum(len(worker.cameras) for worker in simulation.workers if worker.state == "open"),
    )

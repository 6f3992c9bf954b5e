"""What the simulation is run with."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from benchmarks.scale.placement import Policy

HOUR_S = 3600.0
MEAN_LESSON_S = 2700.0
LESSON_SPREAD_S = 300.0
BURST_S = 180.0
"""Time after the full hour in which the rooms of a lesson begin."""

DAY_SHARES = (2, 1, 1, 1, 2, 5, 15, 45, 85, 100, 100, 95, 80, 85, 90, 85, 65, 50, 45, 40, 35, 25, 12, 5)
"""Percent of the peak in each hour of a working day, an assumption: schools and offices of one time zone."""


class Scenario(BaseModel):
    """One run. Times are seconds of simulated time; every number is an assumption or comes from the model.

    A phone that loses its worker waits ``silence_s``, then offers again; its offer takes ``offer_cpu_s`` of one
    gateway and the worker ``connect_cpu_s`` of its one core, and ``round_trips_s`` of the network.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    rooms: int = Field(ge=1, description="mean rooms with a camera at the peak, in erlangs")
    workers: int = Field(ge=1)
    places: int = Field(ge=1, description="cameras that a worker takes")
    gateways: int = Field(ge=1)
    policy: Policy = Policy.GROUP
    slack: int = Field(default=0, ge=0, description="cameras more than the least loaded with which a worker stays")
    lessons: float = Field(
        default=0.0, ge=0, le=1, description="share of the rooms that begin in the minutes after the full hour"
    )
    session_s: float = Field(default=1800.0, gt=0, description="mean stay of a camera outside of lessons, exponential")
    by_hour: tuple[float, ...] = Field(default=(100.0,), description="percent of the peak in each hour, repeated")
    lasts_s: float = Field(default=2 * HOUR_S, gt=0)
    settled_s: float = Field(default=HOUR_S, ge=0, description="time before figures are taken")
    known_after_s: float = Field(default=0.002, ge=0, description="time until a change of load is known to all workers")
    attempts: int = Field(default=6, ge=1, description="times that a gateway asks for a worker before it answers 503")
    again_s: float = Field(default=0.03, gt=0, description="pause after every second such attempt")
    retry_after_s: float = Field(default=5.0, gt=0, description="Retry-After of the 503")
    silence_s: float = Field(default=1.5, ge=0, description="silence after which a phone offers again")
    offer_cpu_s: float = Field(default=0.005, ge=0, description="mean CPU time of a gateway for an offer, exponential")
    connect_cpu_s: float = Field(default=0.05, ge=0)
    round_trips_s: float = Field(default=0.3, ge=0)
    crash_every_s: float | None = Field(
        default=None, gt=0, description="mean time between two crashes of a worker process"
    )
    starts_s: float = Field(
        default=3.0, ge=0, description="time until a worker that crashed or was upgraded takes offers again"
    )
    machine_workers: int = Field(default=16, ge=1, description="workers of a machine")
    machine_lost_s: float | None = Field(default=None, description="time at which one machine is lost")
    machine_back_s: float = Field(default=300.0, ge=0, description="time until its workers run elsewhere")
    upgrade_s: float | None = Field(
        default=None, description="time at which all machines are upgraded, one after another"
    )
    drain_s: float = Field(default=30.0, ge=0, description="longest time that a draining worker waits for its cameras")
    broker_lost_s: float | None = Field(
        default=None, description="time at which the leading one of three NATS servers is lost"
    )
    leader_s: float = Field(default=2.0, ge=0, description="time until another leads the stream")
    letters_a_s: float = Field(default=1.0, gt=0)

    def share_at(self, now_s: float) -> float:
        """Load of the hour over the peak."""
        return self.by_hour[int(now_s // HOUR_S) % len(self.by_hour)] / 100

    def begins_a_s(self, now_s: float) -> tuple[float, float]:
        """Rates at which cameras begin: lessons, which come after the full hour, and others, per second."""
        share = self.share_at(now_s)
        others = share * self.rooms * (1 - self.lessons) / self.session_s
        if now_s % HOUR_S >= BURST_S:
            return 0.0, others
        return share * self.rooms * self.lessons / BURST_S, others

    @property
    def most_begin_a_s(self) -> float:
        """Upper bound of the sum of the rates."""
        return max(self.by_hour) / 100 * self.rooms * (self.lessons / BURST_S + (1 - self.lessons) / self.session_s)

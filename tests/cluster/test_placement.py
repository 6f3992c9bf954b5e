"""cluster/placement.py: which worker takes the next camera."""

from __future__ import annotations

from streamsign.cluster.camera_messages import Load
from streamsign.cluster.placement import FORGET_S, Placement, least_loaded, no_place


def test_only_a_least_loaded_worker_is_next() -> None:
    """A worker with one camera more than another one waits until that one has as many."""
    placement = Placement("a")
    assert placement.is_next(5, 0.0)
    placement.heard(Load(worker="b", sessions=2), 0.0)
    assert placement.is_next(2, 0.1)
    assert not placement.is_next(3, 0.1)
    placement.heard(Load(worker="b", sessions=3), 0.2)
    assert placement.is_next(3, 0.3)


def test_workers_that_take_no_cameras_do_not_count() -> None:
    """A worker that is full or drains, and this one's own announcements, hold nobody back."""
    placement = Placement("a")
    placement.heard(Load(worker="b", sessions=0, takes=False, draining=True), 0.0)
    placement.heard(Load(worker="a", sessions=0), 0.0)
    assert placement.is_next(4, 0.1)


def test_the_number_that_a_worker_announced_last_counts() -> None:
    """Of two workers with as many cameras, one that gets another one or drains leaves the other to be compared with."""
    placement = Placement("a")
    for worker in "bc":
        placement.heard(Load(worker=worker, sessions=1), 0.0)
    placement.heard(Load(worker="b", sessions=2), 0.1)
    assert not placement.is_next(2, 0.2)
    placement.heard(Load(worker="c", sessions=1, takes=False), 0.2)
    assert placement.is_next(2, 0.3)


def test_a_silent_worker_is_forgotten() -> None:
    """A worker that was killed holds others back for three announcements at most."""
    placement = Placement("a")
    placement.heard(Load(worker="b", sessions=0), 10.0)
    assert not placement.is_next(1, 10.0 + FORGET_S - 0.1)
    assert placement.is_next(1, 10.1 + FORGET_S)


def test_the_least_loaded_worker_that_takes_cameras_is_named() -> None:
    """One that is full or draining is passed over; without workers there is none."""
    loads = [Load(worker="a", sessions=2), Load(worker="b", sessions=1), Load(worker="c", sessions=0, takes=False)]
    assert (least_loaded(loads), least_loaded(loads[2:]), least_loaded([])) == ("b", "", "")


def test_a_worker_that_was_killed_does_not_count_as_full() -> None:
    """A worker that takes cameras but answers no offer gives `no_answer`; `full` needs one that takes none."""
    free, taken = Load(worker="a", sessions=1), Load(worker="b", sessions=32, takes=False)
    leaving = Load(worker="c", sessions=1, takes=False, draining=True)
    reasons = [no_place(loads).reason for loads in ([free], [free, taken], [taken], [taken, leaving], [leaving], [])]
    assert reasons == ["no_answer", "no_answer", "full", "full", "draining", "no_worker"]

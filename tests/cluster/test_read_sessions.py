"""cluster/read_sessions.py: which session a camera continues."""

from __future__ import annotations

from streamsign.cluster.camera_messages import ListedCamera
from streamsign.cluster.read_sessions import MAX_SESSIONS, ReadSessions


def _listed(session: str, captured_s: float = 0.0, continues: str = "") -> ListedCamera:
    return ListedCamera(session=session, room="main", captured_s=captured_s, continues=continues)


def test_the_newest_frame_of_the_former_session_counts() -> None:
    """A session that no worker has listed is continued as well; its newest frame is not known."""
    sessions = ReadSessions()
    sessions.heard(_listed("a", 1.0))
    sessions.heard(_listed("a", 2.0))
    assert sessions.continued("a") == ("a", 2.0)
    assert (sessions.continued("b"), sessions.continued("")) == (("b", None), ("", None))


def test_a_session_that_ended_before_a_frame_leads_to_the_one_before() -> None:
    """A connection may be lost again before it has brought a frame; names in a circle end."""
    sessions = ReadSessions()
    sessions.heard(_listed("a", 2.0))
    sessions.heard(_listed("b", continues="a"))
    sessions.heard(_listed("c", continues="b"))
    assert sessions.continued("c") == ("a", 2.0)
    sessions.heard(_listed("d", continues="e"))
    sessions.heard(_listed("e", continues="d"))
    assert sessions.continued("d")[1] is None


def test_the_oldest_sessions_are_forgotten() -> None:
    """Memory stays bounded."""
    sessions = ReadSessions()
    for number in range(MAX_SESSIONS + 1):
        sessions.heard(_listed(str(number), 1.0))
    assert (sessions.continued("0"), sessions.continued("1")) == (("0", None), ("1", 1.0))

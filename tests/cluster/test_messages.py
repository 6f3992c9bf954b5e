"""cluster/messages.py: JSON between processes of different releases."""

from __future__ import annotations

import json
from typing import Any

from streamsign import __version__
from streamsign.captions.log import CaptionLog
from streamsign.cluster.messages import Moment, StoredEvents, read
from streamsign.recognition.events import Commit


def _stored() -> StoredEvents:
    log = CaptionLog("x", lambda: 1.0)
    log.append_letter("a", Commit("C", 0.9, 1.0, 1.0, (("C", 0.9), ("O", 0.1))))
    log.edit("space")
    return StoredEvents(events=log.after()[1])


def _with_more(value: Any) -> Any:
    """The same JSON with a field that this release does not know in each object."""
    if isinstance(value, dict):
        return {name: _with_more(each) for name, each in value.items()} | {"of_a_later_release": 1}
    return [_with_more(each) for each in value] if isinstance(value, list) else value


def test_a_message_is_read_as_it_was_written() -> None:
    """With the release of its sender."""
    stored = _stored()
    assert read(StoredEvents, stored.encoded()) == stored
    assert stored.release == __version__


def test_fields_of_a_later_release_are_ignored() -> None:
    """At any depth, also in the events, which allow none when they come from a viewer's or a camera's page."""
    stored = _stored()
    later = json.dumps(_with_more(json.loads(stored.encoded())))
    assert read(StoredEvents, later.encode()) == stored


def test_fields_of_an_earlier_release_suffice() -> None:
    """What was added since has a default."""
    moment = read(Moment, b'{"sender": "a"}')
    assert moment is not None
    assert (moment.statuses, moment.deleted, moment.partial) == ([], False, None)


def test_what_is_no_message_is_none() -> None:
    """Neither other JSON nor other bytes raise an error."""
    for payload in (b"", b"[]", b"{}", b"\xff", b'{"events": 1}', b'{"events": []}'):
        assert read(StoredEvents, payload) is None

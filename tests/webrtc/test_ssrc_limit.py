"""webrtc/ssrc_limit.py: how many streams a connection may have."""

from __future__ import annotations

from streamsign.webrtc.ssrc_limit import MAX_SSRCS, SsrcLimit


def test_streams_beyond_the_limit_are_not_decrypted() -> None:
    """The streams that came first continue; no further one begins."""
    limit = SsrcLimit()
    for ssrc in range(MAX_SSRCS):
        assert limit.allows(ssrc)
        limit.add(ssrc)
    assert not limit.allows(MAX_SSRCS)
    assert all(limit.allows(ssrc) for ssrc in range(MAX_SSRCS))


def test_forged_packets_do_not_use_up_the_limit() -> None:
    """A media packet that was not authentic is not counted, and forged reports do not displace those of the media."""
    limit = SsrcLimit()
    for ssrc in range(10 * MAX_SSRCS):
        limit.allows(ssrc)
    assert limit.allows(7)
    limit.add(7)
    passed = [ssrc for ssrc in range(100, 100 + 10 * MAX_SSRCS) if limit.allows_report(ssrc)]
    assert len(passed) == MAX_SSRCS
    assert limit.allows_report(7)
    assert limit.allows_report(passed[0])

"""The answer to a whole offer."""

from __future__ import annotations

import pytest

from streamsign.webrtc.offer import negotiate
from streamsign.webrtc.sdp import bundle_of, split_sdp
from tests.webrtc.offers.table import EXPECTED, FOLDER


@pytest.mark.parametrize("name", [name for name, (status, _) in EXPECTED.items() if status == 201])
def test_each_section_is_answered_in_its_place(name: str) -> None:
    """An answer has the offer's sections in the offer's order, and bundles the accepted ones only."""
    offer = (FOLDER / f"{name}.sdp").read_bytes().decode()
    found = negotiate(offer)
    answer = found.answer(found.offer)
    offered, (session, answered) = split_sdp(offer)[1], split_sdp(answer)
    assert [section.kind for section in answered] == [section.kind for section in offered]
    assert [section.value("mid") for section in answered] == [section.value("mid") for section in offered]
    live = [section.value("mid") for section in answered if section.port]
    assert bundle_of(session) in (live, [])
    assert all(section.has("inactive") for section in answered if not section.port)


def test_an_offer_without_group_is_answered_without_one() -> None:
    """No BUNDLE group is answered where none was offered (RFC 8843 section 7.3)."""
    found = negotiate((FOLDER / "no_bundle.sdp").read_bytes().decode())
    assert "a=group" not in found.answer(found.offer)


def test_all_simulcast_layers_of_obs_are_accepted() -> None:
    """All simulcast layers of OBS are accepted, because OBS stops otherwise; only the first, the largest, is read."""
    answer = _answer("obs_simulcast")
    # OBS counts the layers at the semicolons of this line, and compares the count with its own (whip-output.cpp).
    assert "a=simulcast:recv 0;1;2\r\n" in answer
    assert [line for line in answer.splitlines() if line.startswith("a=rid:")] == [f"a=rid:{n} recv" for n in range(3)]


def test_a_browser_is_asked_for_its_first_simulcast_layer() -> None:
    """Of a browser's simulcast layers only the first, the largest, is accepted, and it sends no other."""
    answer = _answer("chrome_simulcast")
    assert "a=simulcast:recv h\r\n" in answer
    assert "a=rid:m" not in answer


def _answer(name: str) -> str:
    found = negotiate((FOLDER / f"{name}.sdp").read_bytes().decode())
    return found.answer(found.offer)

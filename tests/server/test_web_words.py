"""server/web: every English text of the pages has its Indonesian one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from streamsign.server.cameras.occupancy import NEXT_STEP, OCCUPIED, OCCUPIED_BY_PROGRAM
from streamsign.server.collect import takes
from streamsign.server.confirmed.routes import NO_CONSENT
from streamsign.server.grants.guards import DISCONNECTED
from streamsign.server.grants.guesses import FREE_GUESSES
from streamsign.server.grants.holds import EXPIRED, REVOKED
from streamsign.server.models.routes import ASK_OWNER, OTHER_ROOMS
from streamsign.server.ondevice.letters import READING, SILENT
from streamsign.server.ondevice.routes import (
    FIXED_FRAMING,
    FULL,
    NO_RUNTIME,
    RUN_COMMAND,
    TOO_FAST,
    WAIT,
    WITHOUT_FRAMING,
)
from streamsign.server.pages.html import WEB, page
from streamsign.server.pairing.codes import CodeRefused, Refusal
from streamsign.webrtc.announcer import DETAILS
from streamsign.webrtc.connecting import WAITING_FOR_KEY_FRAME, why_not_connected
from streamsign.webrtc.frame_rate import FrameRate
from streamsign.webrtc.offer import Candidates
from tests.server.conftest import Running
from tests.server.web_words import html_words, refusals, script_words

INDONESIAN = {
    english: other
    for file in ("id.json", "id-hand.json", "id-problems.json")
    for english, other in json.loads((WEB / "lang" / file).read_text(encoding="utf-8")).items()
}
SAME = {"streamsign", "WebVTT", "SubRip", "Android", "Captions"}
"""Names."""


def _missing(words: list[str]) -> list[str]:
    starts = tuple(key for key in INDONESIAN)
    return [
        word
        for word in words
        if word not in INDONESIAN and word not in SAME and not any(start.startswith(word) for start in starts)
    ]


def _untranslated(said: list[str]) -> list[str]:
    """Texts of the server without a translation; those that are empty are not shown."""
    patterns = [re.escape(key).replace(r"\{\}", ".+") for key in INDONESIAN]
    return [words for words in said if words and not any(re.fullmatch(pattern, words) for pattern in patterns)]


@pytest.mark.parametrize("file", sorted(path.name for path in WEB.glob("*.html")))
def test_every_text_of_a_page_is_translated(file: str) -> None:
    """Its texts and its labels for screen readers."""
    assert _missing(html_words(page(file))) == []


@pytest.mark.parametrize("script", sorted(WEB.rglob("*.js")), ids=lambda path: path.name)
def test_every_text_of_a_script_is_translated(script: Path) -> None:
    """Its messages, with what is put into them left open."""
    assert script.name == "i18n.js" or _missing(list(script_words(script))) == []


def test_what_the_server_says_about_codes_is_translated() -> None:
    """These refusals are shown on phones."""
    for reason in Refusal:
        refused = CodeRefused(reason)
        assert _missing([refused.problem, refused.next_step]) == []


def test_what_the_server_says_about_the_model_is_translated() -> None:
    """A paired phone shows why it may not choose."""
    assert _missing([OTHER_ROOMS, ASK_OWNER]) == []


def test_what_is_put_in_is_put_in_again() -> None:
    """Both languages have the same number of places."""
    for english, indonesian in INDONESIAN.items():
        assert english.count("{}") == indonesian.count("{}"), english
        assert indonesian.strip()
        assert not re.search(r"[<>]", indonesian)


def test_what_the_server_says_about_cameras_is_translated() -> None:
    """The details of a camera's state are shown on the pages."""
    rate = FrameRate()
    said = [WAITING_FOR_KEY_FRAME, *DETAILS.values()]
    for ice, dtls in (("completed", "failed"), ("completed", "new"), ("completed", "connected"), ("checking", "new")):
        said.append(why_not_connected(ice, dtls, Candidates((), ended=True), "it broke off"))
    for at_s in (0, 1, 2, 3, 5, 7, 9, 11):
        rate.frame_came(at_s)
        said.append(rate.advice())
    assert _untranslated(said) == []


def test_what_the_server_says_about_reading_on_phones_is_translated() -> None:
    """Why a phone cannot read, and the states of one that does."""
    said = [
        NO_RUNTIME,
        RUN_COMMAND,
        FIXED_FRAMING,
        WITHOUT_FRAMING,
        READING,
        SILENT,
        TOO_FAST,
        FULL,
        WAIT,
    ]
    assert _untranslated(said) == []


def test_what_the_server_says_about_recording_and_adapting_is_translated() -> None:
    """Why a camera is not recorded, or its letters are not kept."""
    said = [
        takes.NO_SESSION,
        takes.START_AGAIN,
        takes.STOPPED,
        takes.AGREE_AGAIN,
        takes.NOT_AGREED,
        takes.ASK_FIRST,
        takes.UNDER_WAY,
        takes.WAIT,
        NO_CONSENT,
    ]
    assert _untranslated(said) == []


def test_every_refusal_to_record_review_import_and_adapt_is_translated() -> None:
    """Each text of such a problem, and for texts of other parts each code, has its Indonesian one."""
    codes, said = refusals("server/collect", "server/adaptations", "server/confirmed", "collection", "adapting")
    codes |= refusals("server/grants", "server/http", "server/rooms")[0]
    assert {"collection_unusable", "adaptation_refused", "no_such_picture", "too_large", "not_owner"} <= codes
    assert "The file is not a ZIP file, or it is damaged." in said
    assert _untranslated(said) == []
    assert [code for code in sorted(codes) if f"problem: {code}" not in INDONESIAN] == []


async def test_what_the_server_says_to_a_browser_that_it_refuses_is_translated(running: Running) -> None:
    """Problem details and reasons of closed connections: without a token, with a wrong one, and after too many."""
    said = [EXPIRED, REVOKED, DISCONNECTED, OCCUPIED, OCCUPIED_BY_PROGRAM, NEXT_STEP]
    async with connect(f"{running.url.replace('http', 'ws')}/captions/main") as viewer:
        await viewer.send('{"type": "auth", "token": ""}')
        with pytest.raises(ConnectionClosed) as closed:
            await viewer.recv()
    assert closed.value.rcvd is not None
    said.append(closed.value.rcvd.reason)
    async with running.stranger() as http:
        answers = [await http.get("/api/models"), await http.get("/api/pairing")]
        answers += [await http.post("/pair", json={"code": "guess"}) for _ in range(FREE_GUESSES + 1)]
    assert {answer.status_code for answer in answers} == {403, 404, 429}
    for answer in answers:
        said += [answer.json()["detail"], answer.json()["next_step"]]
    assert _untranslated(said) == []

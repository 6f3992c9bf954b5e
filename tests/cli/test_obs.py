"""cli/obs.py: words reach a small server that speaks obs-websocket 5."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.server import serve

from streamsign.cli import obs as module
from streamsign.cli.obs import MAX_WAITING, ObsCaptions, authentication
from streamsign.cli.recordings import RecordingTranscripts, TranscriptKind
from streamsign.errors import ConnectionFailed
from tests.cli.obs_server import CHALLENGE, PASSWORD, SALT, Obs


@asynccontextmanager
async def _sending(
    obs: Obs, notes: list[str], recordings: RecordingTranscripts | None = None
) -> AsyncIterator[ObsCaptions]:
    async with serve(obs, "127.0.0.1", 0, subprotocols=["obswebsocket.json"]) as server:  # type: ignore[list-item]
        port = next(iter(server.sockets)).getsockname()[1]
        captions = ObsCaptions(f"ws://127.0.0.1:{port}", PASSWORD, notes.append, recordings)
        sending = asyncio.ensure_future(captions.run())
        try:
            yield captions
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)


async def test_words_become_captions_of_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each word is sent once and in order, over a connection that is lost on the way."""
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    obs, notes = Obs(), list[str]()
    obs.drops = 1
    async with _sending(obs, notes) as captions:
        captions.add(["LOVE", "COOL"])
        await captions.drain(20)
        captions.add(["VOLE"])
        await captions.drain(20)
    assert obs.captions == ["LOVE", "COOL", "VOLE"]
    assert notes == ["OBS closed the connection. It is tried again.", "OBS takes captions again."]


async def test_an_obs_that_does_not_stream_is_reported_once() -> None:
    """Words that OBS cannot send are dropped, and the reason is logged once."""
    obs, notes = Obs(), list[str]()
    obs.streams = False
    async with _sending(obs, notes) as captions:
        captions.add(["LOVE", "COOL"])
        await captions.drain(20)
        assert len(notes) == 1
        assert "does not stream" in notes[0]
        obs.streams = True
        captions.add(["VOLE"])
        await captions.drain(20)
    assert obs.captions == ["VOLE"]
    assert notes[-1] == "OBS takes captions again."


async def test_recordings_are_followed_over_a_lost_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording that is under way when OBS is connected again ends with its transcript; words are sent meanwhile."""
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    obs, notes, written = Obs(), list[str](), asyncio.Event()
    obs.drops = 1
    obs.record_status = {"outputActive": True, "outputPaused": False, "outputDuration": 4000}

    def note(words: str) -> None:
        notes.append(words)
        written.set()

    async with _sending(obs, [], RecordingTranscripts(TranscriptKind.vtt, note)) as captions:
        async with asyncio.timeout(20):
            await obs.asked_for_recordings.wait()
            captions.add(["LOVE"])
            await captions.drain(20)
            await obs.record("STOPPED", str(tmp_path / "show.mkv"))
            await written.wait()
    assert obs.captions == ["LOVE"]
    assert notes == [f"Transcript of the recording: {tmp_path / 'show.vtt'}"]
    assert (tmp_path / "show.vtt").read_text() == "WEBVTT\n"


async def test_a_wrong_password_is_an_error() -> None:
    """OBS closes with its own code, and the error names where the password is."""
    async with serve(Obs(), "127.0.0.1", 0, subprotocols=["obswebsocket.json"]) as server:  # type: ignore[list-item]
        port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(ConnectionFailed, match="refused the password"):
            await ObsCaptions(f"ws://127.0.0.1:{port}", "wrong").run()


async def test_an_address_that_is_none_is_an_error() -> None:
    """Another scheme is an error that shows a right address."""
    with pytest.raises(ConnectionFailed, match="not a websocket address"):
        await ObsCaptions("http://localhost:4455").run()


async def test_old_words_are_dropped_while_obs_is_away() -> None:
    """A closed OBS costs no memory without end: the newest words are kept."""
    captions = ObsCaptions("ws://127.0.0.1:9")
    captions.add([str(number) for number in range(MAX_WAITING + 5)])
    await captions.drain(0.01)
    assert next(iter(captions._outbox.waiting)) == "5"


def test_the_proof_is_that_of_the_protocol() -> None:
    """The example of the protocol's documentation gives the documented proof."""
    assert authentication(PASSWORD, SALT, CHALLENGE) == "1Ct943GAT+6YQUUX47Ia/ncufilbe6+oD6lY+5kaCu4="

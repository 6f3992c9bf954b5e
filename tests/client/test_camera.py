import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from fastapi import FastAPI, Request, Response

from streamsign.captions.events import Status
from streamsign.client.camera import publish
from streamsign.client.clip import ClipTrack
from streamsign.demo.signer import DemoSigner
from streamsign.demo.video import Film, make_film
from streamsign.errors import AccessDenied, ConnectionFailed


@pytest.fixture(scope="module")
def film() -> Film:
    """Two seconds of a small film."""
    full = make_film(DemoSigner("V", width=160, height=120, fps=15, letter_s=0.2, transition_s=0.1))
    return Film(full.pictures[:20], full.fps)


@asynccontextmanager
async def _serving(app: FastAPI) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


class Receiver:
    """The least a WHIP server can be, on real aiortc: counts frames, says one status on the data channel."""

    def __init__(self) -> None:
        self.frames: list[float] = []
        self.requests: list[tuple[str, str, str | None]] = []
        self.app = FastAPI()
        self.app.add_api_route("/whip", self._offer, methods=["POST"])
        self.app.add_api_route("/whip/{session}", self._end, methods=["DELETE"])
        self._peers: list[RTCPeerConnection] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def _offer(self, request: Request) -> Response:
        self.requests.append(("POST", str(request.url.query), request.headers.get("authorization")))
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peers.append(peer)

        @peer.on("track")  # type: ignore[untyped-decorator]
        def _track(track: ClipTrack) -> None:
            task = asyncio.create_task(self._count(track))
            self._tasks.add(task)

        @peer.on("datachannel")  # type: ignore[untyped-decorator]
        def _channel(channel) -> None:  # type: ignore[no-untyped-def]
            channel.send(Status(session="s", state="live", at_s=0).model_dump_json())
            channel.send('{"type": "from the future"}')

        await peer.setRemoteDescription(RTCSessionDescription((await request.body()).decode(), "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        return Response(peer.localDescription.sdp, 201, {"Location": "/whip/s"}, "application/sdp")

    async def _count(self, track: ClipTrack) -> None:
        try:
            while True:
                frame = await track.recv()
                self.frames.append(float(frame.time))
        except Exception:  # noqa: S110 - the track's end is aiortc's MediaStreamError
            pass

    async def _end(self, session: str) -> Response:
        self.requests.append(("DELETE", session, None))
        return Response(status_code=200)

    async def close(self) -> None:
        """Close every connection."""
        for peer in self._peers:
            await peer.close()
        await asyncio.gather(*self._tasks)


async def test_a_film_arrives_over_webrtc_and_events_come_back(film: Film) -> None:
    """Frames reach the receiver, its events come back over the data channel, and the session is deleted at the end."""
    receiver = Receiver()
    async with _serving(receiver.app) as url:
        events = await publish(url, film, token="t-1", room="den", linger_s=0.1)
        await receiver.close()
    assert len(receiver.frames) >= 3
    assert receiver.frames == sorted(receiver.frames)
    assert [event.type for event in events] == ["status"]
    assert receiver.requests == [("POST", "room=den", "Bearer t-1"), ("DELETE", "s", None)]


def _answering(status: int) -> Callable[[], Response]:
    return lambda: Response("no room for you", status)


@pytest.mark.parametrize(("status", "error"), [(401, AccessDenied), (403, AccessDenied), (503, ConnectionFailed)])
async def test_a_refusal_is_told_in_words(film: Film, status: int, error: type[Exception]) -> None:
    """A wrong token and a server that will not take the camera are different errors, each with a next step."""
    app = FastAPI()
    app.add_api_route("/whip", _answering(status), methods=["POST"])
    async with _serving(app) as url:
        with pytest.raises(error):
            await publish(url, film, token="wrong")


async def test_no_server_is_a_connection_failure(film: Film) -> None:
    """A closed port or an unknown host is an error with a next step."""
    for url in ("http://127.0.0.1:9", "http://"):
        with pytest.raises(ConnectionFailed, match=r"streamsign serve"):
            await publish(url, film, token="t")


async def test_the_track_plays_on_the_films_clock(film: Film) -> None:
    """Frame times are multiples of 1/fps, never run backwards, and the end is announced."""
    track = ClipTrack(film)
    times = []
    while not track.ended.is_set():
        times.append(float((await track.recv()).time))
    track.stop()
    assert times == sorted(times)
    assert times[-1] >= (len(film.pictures) - 1) / film.fps - 1e-6
    assert all(time * film.fps == pytest.approx(round(time * film.fps), abs=1e-3) for time in times)

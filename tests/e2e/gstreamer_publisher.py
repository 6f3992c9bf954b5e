"""Plays a film through GStreamer's webrtcbin as a WHIP client.

Arguments: URL TOKEN FILM SECONDS ENCODER [audio] [active]. For the system's Python, which has GStreamer's bindings. It
trickles its candidates by PATCH. ``audio`` adds an Opus track; ``active`` offers it as the DTLS client.
"""

from __future__ import annotations

import sys
import threading
import urllib.parse
import urllib.request
from typing import Any

import gi  # type: ignore[import-not-found, import-untyped, unused-ignore]

for name in ("Gst", "GstWebRTC", "GstSdp"):
    gi.require_version(name, "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # type: ignore[import-not-found, import-untyped, unused-ignore] # noqa: E402

AUDIO = (
    "audiotestsrc is-live=true wave=silence ! opusenc ! rtpopuspay ! "
    "application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! queue ! w. "
)


class Publisher:
    """One session, from the offer to its end."""

    def __init__(self, url: str, token: str, film: str, encoder: str, flags: list[str]) -> None:
        self._url, self._token, self._flags = url, token, flags
        self._session = self._etag = self._ufrag = self._mid = ""
        self._candidates: list[str] = []
        self._kept: list[Any] = []  # GStreamer's bindings do not keep descriptions alive
        source = f"filesrc location={film} ! qtdemux ! h264parse ! avdec_h264 ! identity sync=true ! videoconvert ! "
        audio = AUDIO if "audio" in flags else ""
        self.pipeline = Gst.parse_launch(
            f"webrtcbin name=w bundle-policy=max-bundle {audio}{source}{encoder} ! queue ! w. "
        )
        self._peer = self.pipeline.get_by_name("w")
        self._peer.connect("on-negotiation-needed", self._make_offer)
        self._peer.connect("on-ice-candidate", self._on_candidate)

    def _request(self, method: str, url: str, body: str | None = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else body.encode()
        asked = urllib.request.Request(  # noqa: S310 - the test's own server
            url, data, {"Authorization": f"Bearer {self._token}", **named}, method=method
        )
        return urllib.request.urlopen(asked)  # noqa: S310

    def _make_offer(self, _peer: Any) -> None:
        self._peer.emit("create-offer", None, Gst.Promise.new_with_change_func(self._on_offer, None))

    def _on_offer(self, promise: Any, _data: Any) -> None:
        reply = promise.get_reply()
        made = reply.get_value("offer")
        self._kept += [promise, reply, made]
        offer = made.sdp.as_text()
        self._describe("set-local-description", GstWebRTC.WebRTCSDPType.OFFER, offer)
        self._ufrag = offer.split("a=ice-ufrag:")[1].split()[0]
        self._mid = offer.split("a=mid:")[1].split()[0]
        if "active" in self._flags:
            offer = offer.replace("a=setup:actpass", "a=setup:active")
        with self._request("POST", self._url, offer, Content_Type="application/sdp") as answer:
            self._etag = answer.headers["ETag"]
            self._session = urllib.parse.urljoin(self._url, answer.headers["Location"])
            self._describe("set-remote-description", GstWebRTC.WebRTCSDPType.ANSWER, answer.read().decode())
        for candidate in self._candidates:
            self._trickle(candidate)

    def _describe(self, signal: str, kind: Any, text: str) -> None:
        _, message = GstSdp.SDPMessage.new()
        GstSdp.sdp_message_parse_buffer(text.encode(), message)
        description = GstWebRTC.WebRTCSessionDescription.new(kind, message)
        self._kept += [message, description]
        self._peer.emit(signal, description, None)

    def _on_candidate(self, _peer: Any, _index: int, candidate: str) -> None:
        if self._session:
            threading.Thread(target=self._trickle, args=(candidate,)).start()
        else:
            self._candidates.append(candidate)

    def _trickle(self, candidate: str) -> None:
        line = f"a=candidate:{candidate.split('candidate:')[-1]}"
        body = f"a=ice-ufrag:{self._ufrag}\r\nm=video 9 RTP/AVP 0\r\na=mid:{self._mid}\r\n{line}\r\n"
        kind = "application/trickle-ice-sdpfrag"
        self._request("PATCH", self._session, body, Content_Type=kind, If_Match=self._etag).close()

    def leave(self) -> None:
        """End the session."""
        self._request("DELETE", self._session).close()
        self.pipeline.set_state(Gst.State.NULL)


def main(url: str, token: str, film: str, seconds: str, encoder: str, *flags: str) -> None:
    """Play the film once."""
    Gst.init(None)
    publisher = Publisher(url, token, film, encoder, list(flags))
    loop = GLib.MainLoop()
    bus = publisher.pipeline.get_bus()
    bus.add_signal_watch()

    def failed(_bus: Any, message: Any) -> None:
        sys.stderr.write(f"{message.parse_error()[0].message}\n")
        loop.quit()

    bus.connect("message::error", failed)
    GLib.timeout_add(int(float(seconds) * 1000), loop.quit)
    publisher.pipeline.set_state(Gst.State.PLAYING)
    loop.run()
    publisher.leave()


if __name__ == "__main__":
    main(*sys.argv[1:])

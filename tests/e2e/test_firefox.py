"""Debian's Firefox ESR as a camera, with video alone and with a microphone in the same bundle."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.e2e.desk import Desk
from tests.e2e.films import FPS, HEIGHT, WIDTH, WORD
from tests.e2e.firefox import firefox
from tests.films import rendered

PUBLISH = """
async (pictures, endpoint, token, audio, fps) => {
  const frames = await Promise.all(JSON.parse(pictures).map(async (jpeg) =>
    createImageBitmap(new Blob([Uint8Array.from(atob(jpeg), (c) => c.charCodeAt(0))], { type: "image/jpeg" }))));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [frames[0].width, frames[0].height];
  const pen = canvas.getContext("2d");
  pen.drawImage(frames[0], 0, 0);
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  if (audio === "true") connection.addTransceiver("audio", { direction: "sendonly" });
  connection.addTransceiver(canvas.captureStream(Number(fps)).getVideoTracks()[0], { direction: "sendonly" });
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  let shown = 0, playing = false;
  setInterval(() => {
    pen.drawImage(frames[Math.min(shown, frames.length - 1)], 0, 0);
    if (playing) shown += 1;
  }, 1000 / Number(fps));
  await connection.setLocalDescription();
  while (connection.iceGatheringState !== "complete") await pause(20);
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/sdp" };
  const offer = connection.localDescription.sdp;
  const answer = await fetch(endpoint, { method: "POST", headers, body: offer });
  if (answer.status !== 201) return `refused: ${await answer.text()}`;
  await connection.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  for (let tries = 0; connection.connectionState !== "connected" && tries < 500; tries++) await pause(20);
  if (connection.connectionState !== "connected") return connection.connectionState;
  await pause(1500);
  playing = true;
  while (shown < frames.length) await pause(50);
  await pause(1000);
  await fetch(new URL(answer.headers.get("Location"), endpoint), { method: "DELETE", headers });
  return `sent, bundle-only ${offer.includes("a=bundle-only")}, mDNS ${/ \\S+\\.local /.test(offer)}`;
}
"""


@pytest.mark.parametrize("audio", [False, True], ids=["video-only", "with-audio"])
async def test_firefox_spells(desk: Desk, tmp_path: Path, audio: bool) -> None:
    """The room reads the word exactly; with audio the video is offered as bundle-only."""
    if not (shutil.which("firefox-esr") or shutil.which("firefox")):
        missing("no Firefox found: install it (Debian: apt-get install firefox-esr)")
    film = rendered(WORD, fps=FPS, width=WIDTH, height=HEIGHT)
    pictures = json.dumps([base64.b64encode(picture).decode() for picture in film.pictures])
    room = f"firefox-{audio}"
    async with firefox(tmp_path) as browser:
        await browser.open(desk.link(f"/view/{room}"))
        endpoint = f"{desk.url}/whip?room={room}"
        said = await browser.run(PUBLISH, pictures, endpoint, desk.publish_token, str(audio).lower(), str(FPS))
    async with desk.http() as http:
        read = (await http.get(f"/rooms/{room}/transcript.txt")).text
    assert said.startswith(f"sent, bundle-only {str(audio).lower()}")
    assert read == f"{WORD}\n"

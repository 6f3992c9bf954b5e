"""The modules that read letters on a phone, called in a real browser."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pytest
from playwright.async_api import Page

from streamsign.recognition.frame import Frame, Luma
from streamsign.server.ondevice.runtime import is_fetched
from tests.conftest import missing
from tests.e2e.desk import Desk

READ: Final = """
async ([info, token, frames]) => {
  const worker = new Worker("/phone/reader.js");
  const ask = (message) => new Promise((answered, failed) => {
    worker.onerror = (event) => failed(new Error(event.message));
    worker.onmessage = ({ data }) => (data.type === "failed" ? failed(new Error(data.problem)) : answered(data));
    worker.postMessage(message);
  });
  // A loaded computer is slow enough for the large reader to be left out.
  await ask({ type: "open", info, room: "main", token, mostReaderMs: 1e9 });
  const read = [];
  for (const { at_s, luma } of frames) {
    const data = Uint8Array.from(atob(luma.pixels), (each) => each.charCodeAt(0));
    read.push(await ask({ type: "luma", ...luma, data, at_s }));
  }
  worker.terminate();
  return read;
}
"""


@pytest.fixture
def litert() -> None:
    """Skip without the runtime for browsers."""
    if not is_fetched():
        missing("LiteRT.js is not there: run `make phone-runtime`")


def packed(luma: Luma) -> dict[str, Any]:
    """A plane as a browser takes it."""
    height, width = luma.shape
    return {"pixels": base64.b64encode(np.ascontiguousarray(luma).tobytes()).decode(), "width": width, "height": height}


async def parameters(desk: Desk) -> dict[str, Any]:
    """What the server gives a phone that reads letters itself."""
    async with desk.http() as http:
        answer = await http.get("/on-device", headers={"Authorization": f"Bearer {desk.publish_token}"})
    document: dict[str, Any] = answer.raise_for_status().json()
    return document


async def to_read(desk: Desk, frames: Iterable[Frame]) -> list[Any]:
    """The argument of :data:`READ` for frames."""
    sent = [{"at_s": frame.at_s, "luma": packed(frame.luma)} for frame in frames]
    return [await parameters(desk), desk.publish_token, sent]


async def read_in_browser(page: Page, desk: Desk, frames: Iterable[Frame]) -> list[dict[str, Any]]:
    """What the worker of a page of the server reads in frames: a result for each."""
    read: list[dict[str, Any]] = await page.evaluate(READ, await to_read(desk, frames))
    return read

"""Times the networks in headless Chromium: LiteRT.js with SIMD, with threads, and on WebGPU.

Run ``python -m benchmarks.browser [MODEL]``. LiteRT.js is fetched from npm's registry. Without a graphics card Chromium
computes WebGPU in software.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
from playwright.sync_api import Error, Page, sync_playwright

from streamsign.errors import RuntimeUnavailable
from streamsign.recognition.folders import find_folder, read_document
from streamsign.recognition.locate import LocatorInfo
from streamsign.recognition.model import load_model
from streamsign.server.ondevice.runtime import whole_runtime

FLAGS = ("--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader")
CHROMIUM = ("chromium-headless-shell", "chromium", "google-chrome")
MOST_S = 40

WAYS: Final[dict[str, tuple[str, dict[str, bool]]]] = {
    "wasm": ("wasm", {}),
    "wasm, threads": ("wasm", {"threads": True}),
    "webgpu": ("webgpu", {}),
    "webgpu, JSPI": ("webgpu", {"jspi": True}),
}
"""Accelerator and options of LiteRT.js."""

_TIME: Final = """
async ([name, size, accelerator, options, most]) => {
  const log = [];
  self.Module = { locateFile: (file) => "/" + file, print() {}, printErr: (line) => log.push(line) };
  console.warn = () => {};
  const runtime = await import("/index.js");
  await runtime.loadLiteRt("/", options);
  const bytes = new Uint8Array(await (await fetch("/" + name)).arrayBuffer());
  const began = performance.now();
  const compiled = await runtime.loadAndCompile(bytes, { accelerator });
  const opened_ms = performance.now() - began;
  const input = Float32Array.from({ length: size * size }, (_, at) => ((at * 37) % 256) / 127.5 - 1);
  const times = [];
  let outputs = [];
  while (times.length < 60 && performance.now() - began < most * 1000) {
    const start = performance.now();
    const tensor = new runtime.Tensor(input, [1, size, size, 1]);
    outputs = [];
    for (const output of await compiled.run([tensor])) {
      const here = accelerator === "webgpu" ? await output.moveTo("wasm") : output;
      outputs.push(...here.toTypedArray());
      here.delete();
    }
    tensor.delete();
    times.push(performance.now() - start);
  }
  const sorted = times.slice(1).sort((one, other) => one - other);
  const part = log.find((line) => line.includes("remaining")) ?? "";
  return { opened_ms, least_ms: sorted[0], median_ms: sorted[sorted.length >> 1], outputs, part };
}
"""


class Timed(NamedTuple):
    """A network in one way. ``problem`` is empty where it runs as a whole; figures are None where it does not run."""

    network: str
    way: str
    opened_ms: float | None
    least_ms: float | None
    median_ms: float | None
    difference: float | None
    problem: str


class _Handler(http.server.SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        # Threads need a page that is isolated from other origins.
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this computer, isolated from other origins; its URL."""
    handler = functools.partial(_Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def put_networks(model: str, folder: Path) -> dict[str, int]:
    """Copy the networks of a model into a folder, by name; the sides of their inputs in pixels."""
    chosen = load_model(model)
    hand = find_folder("hand", chosen.models)
    paths = {"classifier": chosen.tflite_path, "locator": hand / "model.tflite"}
    sizes = {"classifier": chosen.info.input.size, "locator": read_document(hand / "locator.json", LocatorInfo).size}
    large = chosen.reader
    if large is not None and large.info.reader is not None:
        paths["reader"], sizes["reader"] = large.tflite_path, large.info.reader.input_size
    for name, path in paths.items():
        shutil.copyfile(path, folder / name)
    return sizes


def time_network(page: Page, url: str, network: str, size: int, way: str, outputs: list[float]) -> Timed:
    """Time a network in a fresh page.

    Args:
        page: of Chromium.
        url: of :func:`served`.
        network: its file.
        size: side of its input, pixels.
        way: one of :data:`WAYS`.
        outputs: of the first way, to compare with; filled if it is empty.
    """
    page.goto(f"{url}/page.html")
    accelerator, options = WAYS[way]
    try:
        found = page.evaluate(_TIME, [network, size, accelerator, options, MOST_S])
    except Error as error:  # what the runtime throws is the result
        return Timed(network, way, None, None, None, None, str(error).splitlines()[0])
    outputs[:] = outputs or found["outputs"]
    difference = max(abs(one - other) for one, other in zip(outputs, found["outputs"], strict=True))
    return Timed(network, way, found["opened_ms"], found["least_ms"], found["median_ms"], difference, found["part"])


def row(timed: Timed) -> str:
    """A line of the Markdown table."""
    figures = (timed.opened_ms, timed.least_ms, timed.median_ms)
    cells = ["–" if each is None else f"{each:.1f}" for each in figures]
    apart = "–" if timed.difference is None else f"{timed.difference:.0e}"
    return f"| {timed.network} | {timed.way} | {' | '.join(cells)} | {apart} | {timed.problem} |"


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", default="alphabet")
    model = parser.parse_args().model
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        raise RuntimeUnavailable("No Chromium found.", "Install chromium.")
    with tempfile.TemporaryDirectory() as made, httpx.Client(timeout=60, follow_redirects=True) as client:
        folder = Path(made)
        for name, content in whole_runtime(client).items():
            (folder / name).write_bytes(content)
        (folder / "page.html").write_text("<!doctype html><p>", encoding="utf-8")
        sizes = put_networks(model, folder)
        with served(folder) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=program, args=list(FLAGS), ignore_default_args=["--disable-gpu"]
            )
            print(f"Chromium {browser.version}, {model}")  # noqa: T201
            print("| network | way | opening, ms | least, ms | median, ms | difference | not as a whole |")  # noqa: T201
            print("|---|---|---|---|---|---|---|")  # noqa: T201
            for network, size in sizes.items():
                outputs: list[float] = []
                for way in WAYS:
                    page = browser.new_page()
                    print(row(time_network(page, url, network, size, way, outputs)), flush=True)  # noqa: T201
                    page.close()
            browser.close()


if __name__ == "__main__":
    main()

"""The choice between processor and GPU on a phone, with Chromium's GPU in software."""

from __future__ import annotations

from typing import Final

import pytest

from tests.e2e.desk import CAMERA, Desk, launched
from tests.e2e.on_device import litert, parameters

__all__ = ["litert"]
pytestmark = pytest.mark.usefixtures("litert")

GPU = ("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader")

CHOOSE: Final = """
async ([info, token]) => {
  const { Graph, openRuntime, quicker } = await import("/static/ondevice/networks.js");
  const runtime = await openRuntime(`/on-device/runtime/${info.runtime}/`);
  const load = async (name) => {
    const { sha256, size } = info.graphs[name];
    const headers = { Authorization: `Bearer ${token}` };
    const response = await fetch(`/on-device/graphs/${sha256}?room=main`, { headers });
    return [runtime, new Uint8Array(await response.arrayBuffer()), size];
  };
  const [model, locator] = [await load("model"), await load("locator")];
  const open = (on) => Graph.open(...model, on);
  // Graphs that take longer, or answer otherwise, than the one that they pass the work to.
  const like = (graph, change) => ({
    size: graph.size, onGpu: graph.onGpu, close: () => graph.close(), run: (...given) => change(graph.run(...given)),
  });
  const late = async (outputs) => {
    await new Promise((later) => setTimeout(later, 1200));
    return outputs;
  };
  const other = async (outputs) => (await outputs).map((values) => values.map((value) => value + 0.5));
  const chosen = async (here, there) => (await quicker(here, there, 0)).graph.onGpu;
  const result = {
    slowGpu: await chosen(await open(), () => open("webgpu")),
    slowProcessor: await chosen(like(await open(), late), () => open("webgpu")),
    otherOutputs: await chosen(like(await open(), late), async () => like(await open("webgpu"), other)),
    failing: await chosen(await open(), () => Promise.reject(new Error("no GPU"))),
    partly: await chosen(await Graph.open(...locator), () => Graph.open(...locator, "webgpu")),
    asked: 0,
  };
  await quicker(await open(), async () => (result.asked += 1), 1e9);
  const pixels = Uint8Array.from({ length: model[2] ** 2 }, (_, at) => at);
  const levels = Float32Array.from({ length: 256 }, (_, level) => level / 127.5 - 1);
  const [wasm, gpu] = [await open(), await open("webgpu")];
  const both = [await wasm.run(pixels, levels), await gpu.run(pixels, levels)];
  const flat = both.map((outputs) => outputs.flatMap((values) => Array.from(values)));
  result.apart = Math.max(...flat[0].map((value, at) => Math.abs(value - flat[1][at])));
  gpu.compiled.run = () => Promise.reject(new Error("device lost"));
  result.afterLoss = Math.abs((await gpu.run(pixels, levels))[0][0] - both[0][0][0]);
  result.onGpuAfterLoss = gpu.onGpu;
  const silent = await open("webgpu");
  silent.compiled.run = () => new Promise(() => {});
  result.afterSilence = Math.abs((await silent.run(pixels, levels))[0][0] - both[0][0][0]);
  return result;
}
"""


async def test_the_quicker_of_processor_and_gpu_is_chosen(desk: Desk, chromium_path: str) -> None:
    """By measured time. One that fails, runs a part, has other outputs, is lost or does not answer is not used."""
    async with launched(chromium_path, flags=(*CAMERA, *GPU)) as browser:
        # Pages may not compile WebAssembly; the worker that reads may.
        page = await (await browser.new_context(bypass_csp=True)).new_page()
        await page.goto(desk.link("/trust"))
        if not await page.evaluate("async () => Boolean(await navigator.gpu?.requestAdapter())"):
            pytest.skip("this Chromium has no WebGPU in software")
        found = await page.evaluate(CHOOSE, [await parameters(desk), desk.publish_token])
    assert found.pop("apart") < 1e-3
    assert found.pop("afterLoss") < 1e-6
    assert found.pop("afterSilence") < 1e-6
    assert found == {
        "slowGpu": False,
        "slowProcessor": True,
        "otherOutputs": False,
        "failing": False,
        "partly": False,
        "asked": 0,
        "onGpuAfterLoss": False,
    }

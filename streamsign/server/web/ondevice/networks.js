// Runs the TFLite graphs with LiteRT.js, in a classic worker: the runtime loads itself with importScripts.

/** Opens LiteRT.js from a folder of this server. Its log lines are kept to the last one, which names the cause. */
export async function openRuntime(folder) {
  const runtime = await import(`${folder}index.js`);
  const { warn } = console;
  let last = "";
  self.Module = { locateFile: (file) => folder + file, print() {}, printErr: (line) => (last = line) };
  console.warn = () => {}; // it reports that no GPU is there, which is not needed
  try {
    await runtime.loadLiteRt(folder);
  } catch (error) {
    throw new Error(last || error.message);
  } finally {
    console.warn = warn;
  }
  return runtime;
}

/** A GPU that does not answer within this time is no longer used. */
const GPU_WAIT_MS = 5000;

function within(ms, work) {
  let timer = 0;
  const late = new Promise((_, fail) => (timer = setTimeout(fail, ms, new Error("no answer"))));
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** A graph with one input, (1, size, size, 1) float32, on the processor or, as "webgpu", on the GPU. */
export class Graph {
  constructor(runtime, bytes, size) {
    Object.assign(this, { runtime, bytes, size });
  }

  static async open(runtime, bytes, size, accelerator = "wasm") {
    const graph = new Graph(runtime, bytes, size);
    await graph.#compile(accelerator);
    return graph;
  }

  async #compile(accelerator) {
    this.compiled = await this.runtime.loadAndCompile(this.bytes, { accelerator });
    this.onGpu = accelerator !== "wasm";
    if (this.onGpu && !this.compiled.isFullyAccelerated) {
      this.close();
      throw new Error("the GPU runs a part of this graph");
    }
  }

  close() {
    this.compiled.delete();
  }

  /** The outputs as float32 arrays, for (size · size) uint8 pixels that `levels` turns into the network's numbers. */
  async run(pixels, levels) {
    const input = new Float32Array(pixels.length);
    for (let at = 0; at < pixels.length; at += 1) input[at] = levels[pixels[at]];
    try {
      return await (this.onGpu ? within(GPU_WAIT_MS, this.#outputs(input)) : this.#outputs(input));
    } catch (error) {
      if (!this.onGpu) throw error;
      await this.#compile("wasm"); // the GPU was lost, or does not answer
      return this.#outputs(input);
    }
  }

  async #outputs(input) {
    const tensor = new this.runtime.Tensor(input, [1, this.size, this.size, 1]);
    const outputs = await this.compiled.run([tensor]);
    tensor.delete();
    return Promise.all(outputs.map(async (output) => {
      const here = this.onGpu ? await output.moveTo("wasm") : output;
      const values = here.toTypedArray();
      here.delete();
      return values;
    }));
  }
}

/** The GPU is tried for a graph that takes longer: copying its outputs back takes some milliseconds. */
const GPU_FROM_MS = 8;
/** How far outputs of a GPU, which may compute in 16 bits, may differ. */
const SAME = 0.01;
const TRIED = 3;

/** The outputs of a graph for a fixed pattern, and the milliseconds of its quickest run. */
async function timed(graph) {
  const pixels = Uint8Array.from({ length: graph.size ** 2 }, (_, at) => at * 37);
  let [ms, outputs] = [Infinity, []];
  for (let run = 0; run < TRIED; run += 1) {
    const began = performance.now();
    outputs = await graph.run(pixels, SIGNED_LEVELS);
    ms = Math.min(ms, performance.now() - began);
  }
  return { ms, outputs };
}

/**
 * The quicker of two graphs by a few runs of each, and its milliseconds. `openGpu()` opens the second one; it is not used
 * where it fails, or has other outputs.
 */
export async function quicker(graph, openGpu, fromMs = GPU_FROM_MS) {
  const { ms, outputs } = await timed(graph);
  if (ms < fromMs) return { graph, ms };
  const gpu = await within(2 * GPU_WAIT_MS, openGpu()).catch(() => null);
  const other = gpu && (await timed(gpu).catch(() => null));
  const same = other?.outputs.every((values, at) => values.every((value, place) => Math.abs(value - outputs[at][place]) < SAME));
  const better = same && gpu.onGpu && other.ms < ms;
  (better ? graph : gpu)?.close();
  return better ? { graph: gpu, ms: other.ms } : { graph, ms };
}

/**
 * The network's number for each full-range gray level, rounded to float32 at each step like the core's. An integer graph
 * turns some levels into the next one for a difference in the last bit.
 */
export function levelsOf(scale, offset) {
  const [factor, added] = [scale, offset].map(Math.fround);
  return Float32Array.from({ length: 256 }, (_, level) => Math.fround(level * factor) + added);
}

/** Those of networks that take gray levels as numbers from -1 to 1. */
export const SIGNED_LEVELS = levelsOf(1 / 127.5, -1);

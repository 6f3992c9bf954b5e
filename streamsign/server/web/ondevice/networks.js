// Runs the TFLite graphs with LiteRT.js, in a classic worker: the runtime loads itself with importScripts.

/** Opens LiteRT.js from a folder of this server. Its log lines are kept to the last one, which names the cause. */
export async function openRuntime(folder) {
  const runtime = await import(`${folder}index.js`);
  const { warn } = console;
  let last = "";
  self.Module = { locateFile: (file) => folder + file, print() {}, printErr: (line) => (last = line) };
  console.warn = () => {}; // it reports that no GPU is there, which these graphs do not need
  try {
    await runtime.loadLiteRt(folder);
  } catch (error) {
    throw new Error(last || error.message);
  } finally {
    console.warn = warn;
  }
  return runtime;
}

/** A graph with one input, (1, size, size, 1) float32. */
export class Graph {
  constructor(runtime, compiled, size) {
    Object.assign(this, { runtime, compiled, size });
  }

  static async open(runtime, bytes, size) {
    return new Graph(runtime, await runtime.loadAndCompile(bytes, { accelerator: "wasm" }), size);
  }

  /** The outputs as float32 arrays, for (size · size) uint8 pixels that `levels` turns into the network's numbers. */
  async run(pixels, levels) {
    const input = new Float32Array(pixels.length);
    for (let at = 0; at < pixels.length; at += 1) input[at] = levels[pixels[at]];
    const tensor = new this.runtime.Tensor(input, [1, this.size, this.size, 1]);
    const outputs = await this.compiled.run([tensor]);
    tensor.delete();
    return outputs.map((output) => {
      const values = output.toTypedArray();
      output.delete();
      return values;
    });
  }
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

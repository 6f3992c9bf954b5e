// Reads frames in a thread of its own. A classic worker: LiteRT.js loads its program with importScripts.
//
// Messages in: open { info, room, token, mostReaderMs }, frame { image, at_s }, luma { data, width, height, at_s }, choose { hand }.
// Messages out: ready { loaded }, failed { problem }, read { reading, commit, pause, ms }.

/** A reader that takes longer, in its best run, is not used: a phone without it reads more frames. */
const MOST_READER_MS = 150;

let recognizer = null;
let canvas = null;

async function open({ info, room, token, mostReaderMs = MOST_READER_MS }) {
  const [{ Graph, openRuntime, quicker }, { Recognizer }, { CorrectedGraph }] = await Promise.all([
    import("/static/ondevice/networks.js"), import("/static/ondevice/recognizer.js"), import("/static/ondevice/correction.js"),
  ]);
  const opened = openRuntime(`/on-device/runtime/${info.runtime}/`);
  const file = async (name, { sha256 }) => {
    const headers = { Authorization: `Bearer ${token}` };
    const response = await fetch(`/on-device/graphs/${sha256}?${new URLSearchParams({ room })}`, { headers });
    if (!response.ok) throw new Error(`${name}: ${response.status}`);
    return response.arrayBuffer();
  };
  const files = Object.entries(info.graphs).map(async ([name, graph]) => {
    const own = info.corrections[name];
    return [name, graph.size, await file(name, graph), own, own && (await file(name, own))];
  });
  const graphs = { reader: null };
  const took = {};
  for (const [name, size, bytes, own, numbers] of await Promise.all(files)) {
    const content = new Uint8Array(bytes);
    const onGpu = async () => Graph.open(await opened, content, size, "webgpu");
    const { graph, ms } = await quicker(await Graph.open(await opened, content, size), onGpu);
    took[name] = ms;
    graphs[name] = own ? new CorrectedGraph(graph, own, numbers) : graph;
  }
  if (took.reader > mostReaderMs) graphs.reader = null;
  recognizer = new Recognizer(info, graphs);
}

/** Brightness of a picture, as OpenCV computes it from colors. */
function lumaOf(image) {
  const { width, height } = image;
  if (canvas?.canvas.width !== width || canvas.canvas.height !== height) {
    canvas = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  }
  canvas.drawImage(image, 0, 0);
  image.close();
  const colors = canvas.getImageData(0, 0, width, height).data;
  const data = new Uint8Array(width * height);
  for (let at = 0, color = 0; at < data.length; at += 1, color += 4) {
    data[at] = (4899 * colors[color] + 9617 * colors[color + 1] + 1868 * colors[color + 2] + 8192) >> 14;
  }
  return { data, width, height };
}

async function read({ data, width, height }, atS, began) {
  const result = await recognizer.feed({ data, width, height, stride: width, first: 0 }, atS);
  postMessage({ type: "read", ...result, ms: performance.now() - began });
}

const ACTS = {
  async open(message) {
    await open(message);
    // What it has loaded; the page keeps it for use without a network.
    postMessage({ type: "ready", loaded: performance.getEntriesByType("resource").map(({ name }) => name) });
  },
  frame: ({ image, at_s }, began) => read(lumaOf(image), at_s, began),
  luma: (message, began) => read(message, message.at_s, began),
  choose: ({ hand }) => recognizer?.follow(hand),
};

let turn = Promise.resolve();
onmessage = ({ data }) => {
  // One after another: the networks and the filters have a state.
  turn = turn.then(() => ACTS[data.type](data, performance.now())).catch((error) => {
    postMessage({ type: "failed", problem: String(error.message ?? error) });
  });
};

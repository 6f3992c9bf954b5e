// A letter graph whose probabilities are corrected for one signer: the port of streamsign/recognition/correction.py.

import { sum } from "./numbers.js";

/** Cut the numbers of a correction into rows: kernel, bias, merging, examples and weights. */
function cut(buffer, { shapes, features, outputs, examples, added }) {
  let at = 0;
  const rows = (count, width) => Array.from({ length: count }, () => {
    const row = new Float32Array(buffer, 4 * at, width);
    at += width;
    return row;
  });
  const kernel = rows(shapes, features);
  const [bias] = rows(1, shapes);
  return { kernel, bias, merging: rows(shapes, outputs), examples: rows(examples, features), weights: rows(examples, shapes + added) };
}

function dot(one, other) {
  let total = 0;
  for (let at = 0; at < one.length; at += 1) total += one[at] * other[at];
  return total;
}

/** Probabilities of logits, and the logarithm of what they were divided by. */
function softmax(logits) {
  const top = Math.max(...logits);
  const shares = logits.map((each) => Math.exp(each - top));
  const total = sum(shares);
  return { shares: shares.map((each) => each / total), log: top + Math.log(total) };
}

/** Used like a Graph. `graph` gives its features as the last output; `info` and `buffer`: the correction. */
export class CorrectedGraph {
  constructor(graph, info, buffer) {
    Object.assign(this, { graph, info, size: graph.size, numbers: cut(buffer, info) });
    this.squares = this.numbers.examples.map((row) => dot(row, row));
  }

  async run(pixels, levels) {
    const outputs = await this.graph.run(pixels, levels);
    const features = outputs.pop();
    return [this.#probabilities(features), ...outputs.slice(1)];
  }

  #probabilities(features) {
    const { kernel, bias, merging, examples, weights } = this.numbers;
    const { shapes, outputs, added, width, added_log: addedLog } = this.info;
    const shipped = kernel.map((row, shape) => dot(row, features) + bias[shape]);
    const { log } = softmax(shipped);
    const logits = [...shipped.map((each) => each - log), ...Array(added).fill(addedLog)];
    const own = dot(features, features);
    examples.forEach((example, at) => {
      const similar = Math.exp(-Math.max(0, own + this.squares[at] - 2 * dot(example, features)) / width);
      for (let row = 0; row < logits.length; row += 1) logits[row] += similar * weights[at][row];
    });
    const { shares } = softmax(logits);
    const merged = Array.from({ length: outputs }, (_, output) => sum(merging.map((row, shape) => shares[shape] * row[output])));
    return [...merged, ...shares.slice(shapes)];
  }
}

// The delay from camera to screen: two bars and a table, updated every two seconds.

import { counted } from "./counted.js";

const EVERY_MS = 2000;

// The stages and spans of streamsign/captions/ledger.py, in words.
const STAGES = {
  travel: "Camera and network",
  arrive: "Receiving packets",
  wait: "Waiting for a thread",
  decode: "Decoding",
  locate: "Locating the hand",
  crop: "Cropping the hand",
  classify: "Classifying the hand shape",
  filter: "Temporal filter",
  publish: "Publishing",
  send: "Viewer queue",
  paint: "Sending and drawing",
};
const SPANS = { total: "Decoded to text", shown: "First packet to screen", whole: "Camera to screen" };
const LANES = { p50: "median", p95: "slow" };

/**
 * Draws into `now` (one figure), `way` (the bars), `rows` (the table's body), `words` (what it rests on) and `missing`
 * (what it lacks).
 */
export class Latency {
  constructor({ now, way, rows, words, missing }) {
    Object.assign(this, { now, way, rows, words, missing });
    this.lanes = Object.entries(LANES).map(([quantile, name]) => {
      const mark = element("b", { className: "mark" });
      const bar = element("div", { className: "stages" });
      const parts = Object.keys(STAGES).map((stage) => {
        const part = element("i");
        part.dataset.stage = stage;
        color(part, stage);
        return part;
      });
      bar.append(...parts, mark);
      const took = element("span", { className: "took" });
      way.append(element("span", { textContent: name }), bar, took);
      return { quantile, parts, mark, took };
    });
  }

  /** Poll while the page is visible. */
  async watch() {
    if (!document.hidden) {
      try {
        const response = await fetch("/api/latency");
        if (response.ok) this.draw(await response.json());
      } catch { /* the connection pill says already that the server is away */ }
    }
    setTimeout(() => this.watch(), EVERY_MS);
  }

  draw({ recent, window_s }) {
    const known = (name) => recent[name].n > 0;
    const stages = Object.keys(STAGES).filter(known);
    const span = Object.keys(SPANS).findLast(known); // the longest there is
    const measured = stages.length > 0;
    this.way.hidden = this.rows.parentElement.hidden = !measured;
    this.now.textContent = span ? inWords(recent[span].p50) : "";
    if (!measured) return;

    // The mark is the way measured as a whole, where that begins and ends with the bar: percentiles do not add up to it.
    const marked = span === "whole" || (span === "shown" && !known("travel"));
    const scale = Math.max(...Object.keys(LANES).map((quantile) => (
      Math.max(sum(stages, (name) => recent[name][quantile]), marked ? recent[span][quantile] : 0)
    )), 1e-3);
    for (const { quantile, parts, mark, took } of this.lanes) {
      for (const part of parts) part.style.width = `${100 * (recent[part.dataset.stage][quantile] ?? 0) / scale}%`;
      mark.hidden = !marked;
      mark.style.left = marked ? `${100 * recent[span][quantile] / scale}%` : "";
      took.textContent = marked ? inWords(recent[span][quantile]) : "";
    }
    this.rows.replaceChildren(...[...stages, ...(span ? [span] : [])].map((name) => {
      const row = element("tr", { className: name in SPANS ? "span" : "" });
      const title = element("th", { scope: "row", textContent: STAGES[name] ?? SPANS[name] });
      color(title, name);
      row.append(title, ...Object.keys(LANES).map((quantile) => element("td", { textContent: inWords(recent[name][quantile]) })));
      return row;
    }));
    this.words.textContent = `Last ${Math.round(window_s / 60)} minutes: ${counted(recent.total.n, "frame")}, `
      + `${counted(recent.paint.n, "letter")} shown on screens.`
      + (marked ? " The marks show the total delay, measured directly." : "");
    const lacking = Object.keys(STAGES).filter((name) => !known(name)).map((name) => STAGES[name].toLowerCase());
    this.missing.textContent = lacking.length ? `Not measured: ${lacking.join(", ")}.` : "";
  }
}

function element(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}

function sum(names, value) {
  return names.reduce((before, name) => before + value(name), 0);
}

function inWords(milliseconds) {
  return `${milliseconds.toFixed(milliseconds < 1 ? 2 : milliseconds < 10 ? 1 : 0)} ms`;
}

/** The color of a stage, which the style of its theme has. */
function color(part, stage) {
  part.style.setProperty("--stage", `var(--stage-${stage}, transparent)`);
}

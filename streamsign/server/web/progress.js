// The progress of a person who practices: rows, days, the best minute, hard pairs, and each letter.

import { counted } from "./counted.js";

const $ = (id) => document.getElementById(id);

/** Show what a drill has stored. `practice(pair)` is called with the two letters of a pressed pair and a space, "" for all letters. */
export function showProgress(drill, chosen, practice) {
  const known = Object.entries(drill.known).sort(([, one], [, other]) => one.share - other.share);
  const tries = known.reduce((sum, [, each]) => sum + each.tries, 0);
  const words = tries ? `${counted(tries, "letter")} practiced.` : "No letters yet. Letters that are easily confused come first.";
  $("score").textContent = words;
  $("figures").hidden = $("forget").hidden = !tries;
  const figures = { streak: drill.kept.streak, best: drill.kept.best, days: drill.days, minute: drill.kept.minute };
  for (const [id, number] of Object.entries(figures)) $(id).textContent = String(number);
  showPairs(drill.pairs, chosen, practice);
  $("progress").replaceChildren(...known.map(([letter, each]) => {
    const item = document.createElement("li");
    const bar = document.createElement("i");
    bar.style.transform = `scaleX(${each.share.toFixed(2)})`;
    const words = `${letter} ${Math.round(100 * each.share)} % · ${(each.ms / 1000).toFixed(1)} s`;
    item.append(Object.assign(document.createElement("span"), { textContent: words }), bar);
    return item;
  }));
}

function showPairs(pairs, chosen, practice) {
  const shown = [...new Set([...pairs, ...(chosen ? [chosen] : [])])];
  $("mixed").hidden = shown.length === 0;
  $("pairs").replaceChildren(...shown.map((pair) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: pair });
    button.setAttribute("aria-pressed", String(pair === chosen));
    button.addEventListener("click", () => practice(pair === chosen ? "" : pair));
    return button;
  }));
}

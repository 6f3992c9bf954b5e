// For the owner: import an archive, and check the stored pictures.

import { counted } from "./counted.js";
import { say } from "./i18n.js";
import { notice } from "./notice.js";

const $ = (id) => document.getElementById(id);

/** Several phrases in the page's language. */
const all = (phrases) => phrases.map(say).join("; ");

/** A band of a trait. As words, "1 to 2" would be found in whole sentences. */
const range = (band) => say(band.replace(/^(\S+) to (\S+)$/, "$1–$2"));

function lines(list, texts) {
  list.replaceChildren(...texts.map((textContent) => Object.assign(document.createElement("li"), { textContent })));
}

/** Show nothing of an earlier check. */
export function forgetCheck() {
  $("report").hidden = true;
  $("doubted").replaceChildren();
}

/** Offer both to the owner; `stored` are the pictures of this page. */
export function offerCheck(stored) {
  $("check").hidden = $("import").hidden = false;
  $("import").querySelector("input").addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    const response = file && (await stored.ask("archive", { method: "POST", body: file }));
    if (response) {
      notice(); // an archive that was refused before
      const { pictures } = await response.json();
      await stored.draw();
      stored.status.textContent = `Imported: ${counted(pictures, "picture")}. ${stored.status.textContent}`;
    }
    target.value = "";
  });
  $("check-now").addEventListener("click", async () => {
    $("check-now").disabled = true;
    const response = await stored.ask("report");
    $("check-now").disabled = false;
    if (!response) return;
    const { wrong, repeated, next, coverage } = await response.json();
    const byId = new Map();
    for (const each of [...wrong, ...repeated]) {
      const reason = [byId.get(each.id)?.reason, all(each.reason.split("; "))].filter(Boolean).join("; ");
      byId.set(each.id, { ...each, reason });
    }
    const doubted = [...byId.values()];
    $("report").hidden = false;
    $("none-doubted").hidden = doubted.length > 0;
    $("doubted").replaceChildren(...doubted.map((picture) => stored.item(picture)));
    lines($("next"), next.map(({ letter, pictures, what }) => `${letter} (${pictures}): ${all(what)}`));
    lines($("coverage"), Object.entries(coverage).map(([trait, bands]) => (
      `${say(trait)}: ${Object.entries(bands).map(([band, count]) => `${range(band)} ${count}`).join(" · ")}`)));
  });
}

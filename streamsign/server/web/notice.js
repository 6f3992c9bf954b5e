// The message at the top of a page: a problem and the next step.

import { language, load, say } from "./i18n.js";

const box = document.getElementById("notice");
const [title, step] = box.children;
let shown = ""; // written again, a message would be read out again

/** Show a problem; without one, hide the last. */
export function notice(problem = "", nextStep = "") {
  box.hidden = !problem;
  if (problem && problem + nextStep !== shown) {
    title.textContent = problem;
    step.textContent = nextStep;
  }
  shown = problem && problem + nextStep;
}

/** Show why the computer refused. `problem`: its problem details; null if it did not answer. */
export async function refused(problem) {
  const { detail = "The computer does not respond.", next_step: next = "Check that streamsign is running.", reason } = problem ?? {};
  if (language === "en" || !reason) return notice(detail, next);
  await load("problems").catch(() => {});
  const [known, step] = [detail, next].map((text) => (say(text) === text ? "" : text));
  notice(known || say(`problem: ${reason}`), step); // for a text without a translation, that of its code
}

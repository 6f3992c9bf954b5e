// The message at the top of a page: a problem and the next step.

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
export function refused(problem) {
  notice(problem?.detail ?? "The computer does not respond.", problem?.next_step ?? "Check that streamsign is running.");
}

// Which model reads, and the choice of another one.

const FEW = 8; // letters that are listed one by one

/** A select of the models; `show(name, letters)` when another one reads, wherever it was chosen. */
export class ModelChoice {
  constructor(select, onTrouble) {
    this.select = select;
    this.onTrouble = onTrouble;
    this.chosen = "";
    select.addEventListener("change", () => this.#choose(select.value));
  }

  /** Another model reads from now on. */
  async show(name) {
    this.chosen = name;
    const response = await fetch("/api/models").catch(() => null);
    if (!response?.ok) return;
    const models = await response.json();
    this.select.replaceChildren(...models.map((model) => {
      const letters = model.letters.length > FEW ? `${model.letters[0]}–${model.letters.at(-1)}` : model.letters.join(" ");
      const option = new Option(`${model.name}: ${letters}`, model.name, false, model.name === this.chosen);
      option.title = model.letters.join(" ");
      return option;
    }));
    this.select.hidden = false;
  }

  async #choose(name) {
    this.select.disabled = true;
    const response = await fetch("/api/model", {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name }),
    }).catch(() => null);
    this.select.disabled = false;
    if (response?.ok) {
      this.onTrouble("");
      return;
    }
    this.select.value = this.chosen;
    const problem = await response?.json().catch(() => null);
    this.onTrouble(problem?.detail ?? "The model could not be changed.", problem?.next_step ?? "Check that streamsign is running.");
  }
}

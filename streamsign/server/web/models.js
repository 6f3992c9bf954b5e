// Which model reads, and the choice of another one.

const FEW = 8; // letters that are listed one by one
/** Letters from which a model counts as one of the whole alphabet: those that are held still. J and Z are drawn. */
export const ALL = 24;
/** The model with the highest measured accuracy. */
const MOST_ACCURATE = "celov";

/** The description of a model for a signer: which letters it reads. */
export function inWords({ name, letters }) {
  if (letters.length >= ALL) return letters.length === 26 ? "All letters" : `All letters but ${without(letters)}`;
  if (name === MOST_ACCURATE) return `${letters.length} letters, most accurate: ${letters.join(" ")}`;
  return `${name}: ${letters.length > FEW ? `${letters.length} letters` : letters.join(" ")}`;
}

function without(letters) {
  return [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].filter((letter) => !letters.includes(letter)).join(" ");
}

/** A select of the models, for the owner and for a paired phone with its token. */
export class ModelChoice {
  constructor(select, onTrouble, token = "") {
    this.select = select;
    this.onTrouble = onTrouble;
    this.enter(token);
    this.chosen = "";
    this.models = [];
    select.addEventListener("change", () => this.choose(select.value));
  }

  /** Ask with another token from now on. */
  enter(token) {
    this.headers = token ? { Authorization: `Bearer ${token}` } : {};
  }

  /** The model with the most letters, if it knows more than the chosen one. */
  get larger() {
    const size = (model) => model?.letters.length ?? 0;
    const largest = this.models.reduce((most, model) => (size(model) > size(most) ? model : most), null);
    return size(largest) > size(this.models.find(({ name }) => name === this.chosen)) ? largest : null;
  }

  /** Another model was chosen. */
  async show(name) {
    this.chosen = name;
    const response = await fetch("/api/models", { headers: this.headers }).catch(() => null);
    if (!response?.ok) return;
    this.models = await response.json();
    this.select.replaceChildren(...this.models.map((model) => {
      const option = new Option(inWords(model), model.name, false, model.name === this.chosen);
      option.title = `${model.name}: ${model.letters.join(" ")}`;
      return option;
    }));
    this.select.hidden = this.models.length < 2;
  }

  async choose(name) {
    this.select.disabled = true;
    const response = await fetch("/api/model", {
      method: "PUT",
      headers: { "Content-Type": "application/json", ...this.headers },
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

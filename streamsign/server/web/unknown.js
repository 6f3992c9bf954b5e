// Reports a held shape that the model does not recognize, and offers a model with more letters.

/** Time without such a hand after which the notice is hidden. */
const STALE_MS = 2500;

export class UnknownShape {
  /** `element` holds a span and a button; `models` is a ModelChoice. */
  constructor(element, models) {
    [this.words, this.button] = element.children;
    Object.assign(this, { element, models, letters: [], timer: 0 });
    this.button.addEventListener("click", () => {
      const larger = models.larger;
      this.hide();
      if (larger) models.choose(larger.name);
    });
  }

  show(event) {
    if (event.type === "hello" || event.type === "model") {
      this.letters = event.letters;
      this.hide();
    } else if (event.type === "partial") {
      if (event.hint === "unknown_shape") this.#say();
      else if (event.letter) this.hide();
    }
  }

  hide() {
    clearTimeout(this.timer);
    this.element.hidden = true;
  }

  #say() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.hide(), STALE_MS);
    if (!this.element.hidden) return;
    this.words.textContent = `This shape is not one of this model's letters: ${this.letters.join(" ")}`;
    const { larger } = this.models;
    this.button.hidden = !larger;
    if (larger) this.button.textContent = `Use all ${larger.letters.length} letters`;
    this.element.hidden = false;
  }
}

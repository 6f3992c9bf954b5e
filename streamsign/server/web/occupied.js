// A room has one signer: what a camera does whose room has another one is the person's choice.

export class Occupied {
  /**
   * `element` holds a heading and buttons with `data-others`; `onChoice(others)`: "replace", "own", "allow", or "" for
   * not now. `canMove`: whether this camera can have a room of its own.
   */
  constructor(element, onChoice, canMove = () => false) {
    Object.assign(this, { element, canMove });
    this.title = element.querySelector("strong");
    for (const button of element.querySelectorAll("[data-others]")) {
      button.addEventListener("click", () => {
        element.hidden = true;
        onChoice(button.dataset.others);
      });
    }
  }

  /** `trouble.occupied`: the server's reason. */
  show({ message, occupied }) {
    this.title.textContent = message;
    this.element.querySelector("[data-others=replace]").hidden = occupied !== "occupied";
    for (const button of this.element.querySelectorAll("[data-others=own]")) button.hidden = !this.canMove();
    this.element.hidden = false;
    this.element.querySelector("button:not([hidden])").focus();
  }
}

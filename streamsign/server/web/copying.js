// Links and text that a button copies.

/** Copy, and show on the button whether it succeeded. */
export async function copy(text, button) {
  const label = button.dataset.label ??= button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed";
  }
  setTimeout(() => (button.textContent = label), 1500);
}

/** A field with a link, and the button that copies it. */
export function offerLink(field, button) {
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", () => copy(field.value, button));
}

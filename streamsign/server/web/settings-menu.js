// The settings menu in the bar of every page: language, theme, text size and sound.

import { prefer, preference } from "./preferences.js";

/** Name, label and values of each setting; the first value is the usual one. */
const SETTINGS = [
  ["theme", "Theme", { system: "Automatic", light: "Light", dark: "Dark" }],
  ["size", "Text size", { normal: "Normal", large: "Large", larger: "Very large" }],
  ["feedback", "Sound while signing", { on: "On", off: "Off" }],
];
const ICON = `<svg viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true"><path d="M3 7h10M19 7h2M3 17h2M11 17h10"/><circle cx="16" cy="7" r="3"/><circle cx="8" cy="17" r="3"/></svg>`;

/** Put the button and its dialog on the page. `languages`: names by tag; `language`: the tag of the page. */
export function offerSettings(languages, language) {
  const dialog = element("dialog", { className: "preferences" });
  const form = element("form", { method: "dialog" });
  const title = element("h2", { id: "preferences-title", textContent: "Settings" });
  dialog.setAttribute("aria-labelledby", title.id);
  const spoken = choice("language", "Language", languages, language, () => location.reload());
  spoken.lastChild.translate = false;
  for (const option of spoken.lastChild.options) option.lang = option.value;
  form.append(title, spoken);
  for (const [name, label, values] of SETTINGS) {
    form.append(choice(name, label, values, preference(name, Object.keys(values)[0])));
  }
  form.append(element("button", { className: "main", textContent: "Close" }));
  dialog.append(form);
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close()); // beside the form
  const button = element("button", { type: "button", className: "preferences-button", innerHTML: ICON, title: "Settings" });
  button.setAttribute("aria-label", "Settings");
  button.addEventListener("click", () => dialog.showModal());
  document.querySelector(".bar").append(button);
  document.body.append(dialog);
}

function choice(name, label, values, chosen, changed = () => {}) {
  const select = element("select", { name });
  for (const [value, text] of Object.entries(values)) select.add(new Option(text, value, false, value === chosen));
  select.addEventListener("change", () => {
    prefer(name, select.value);
    changed();
  });
  const row = element("label");
  row.append(element("span", { textContent: label }), select);
  return row;
}

function element(tag, properties = {}) {
  return Object.assign(document.createElement(tag), properties);
}

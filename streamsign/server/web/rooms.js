// The rooms that somebody is in or that have text, and the name of this page's room.

import { shownTitle } from "./access.js";
import { notice } from "./notice.js";

/** Fill `list` with links to the rooms whenever `fold` is opened, and rename the room of `host` by `form`. */
export function listRooms({ fold, list, form, host, onTitle }) {
  const field = form.elements[0];

  async function draw() {
    const response = fold.open && await fetch("/api/rooms").catch(() => null);
    if (!response?.ok) return;
    const titles = new Map([["main", "main"], [host.room, host.title]]);
    for (const { name, title } of await response.json()) titles.set(name, title);
    list.replaceChildren(...[...titles].map(([name, title]) => {
      const link = Object.assign(document.createElement("a"), { className: "button", textContent: title });
      link.href = name === "main" ? "/" : `/?room=${encodeURIComponent(name)}`;
      if (name === host.room) link.setAttribute("aria-current", "page");
      const item = document.createElement("li");
      item.append(link);
      return item;
    }));
  }

  field.value = host.title;
  onTitle(shownTitle(host));
  fold.addEventListener("toggle", draw);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const title = field.value.trim();
    const response = await fetch(`/rooms/${encodeURIComponent(host.room)}/title`, {
      method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ title }),
    }).catch(() => null);
    notice(response?.ok ? "" : "The room could not be renamed.", "Check that streamsign is running.");
    if (!response?.ok) return;
    field.value = host.title = title || host.room;
    onTitle(shownTitle(host));
    draw();
  });
}

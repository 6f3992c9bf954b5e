// The rooms that somebody is in or that have text.

/** Fill `list` with links to the other rooms whenever `fold` is opened. */
export function listRooms(fold, list, current) {
  fold.addEventListener("toggle", async () => {
    if (!fold.open) return;
    const response = await fetch("/api/rooms").catch(() => null);
    if (!response?.ok) return;
    const names = new Set(["main", current, ...(await response.json()).map(({ name }) => name)]);
    list.replaceChildren(...[...names].map((name) => {
      const link = Object.assign(document.createElement("a"), { className: "button", textContent: name });
      link.href = name === "main" ? "/" : `/?room=${encodeURIComponent(name)}`;
      if (name === current) link.setAttribute("aria-current", "page");
      const item = document.createElement("li");
      item.append(link);
      return item;
    }));
  });
}

// The links of a room: what each opens, until when, and how to revoke it.

const KINDS = { view: "Link to read", edit: "Link to read and edit", publish: "Link for a camera", host: "Link of the host page" };

/** Fill `list` with the links of a room whenever `fold` is opened. The page's own link is replaced when it is revoked. */
export function listLinks({ fold, list, room, onTrouble }) {
  const draw = async () => {
    const response = await fetch("/api/links").catch(() => null);
    if (!response?.ok) return;
    const links = (await response.json()).filter((link) => link.room === room || link.kind === "host");
    list.replaceChildren(...links.map(item));
  };
  const item = (link) => {
    const own = link.id.startsWith("page");
    const entry = document.createElement("li");
    const label = document.createElement("span");
    const until = Object.assign(document.createElement("small"), { className: "soft" });
    label.append(own ? "The link above" : KINDS[link.kind], document.createElement("br"), until);
    until.textContent = `Valid until ${new Date(link.expires_s * 1000).toLocaleDateString()}`;
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Revoke" });
    button.title = "Disconnects everyone who uses this link.";
    button.addEventListener("click", async () => {
      button.disabled = true;
      const response = await fetch(`/api/links/${encodeURIComponent(link.id)}`, { method: "DELETE" }).catch(() => null);
      if (!response?.ok && response?.status !== 404) {
        button.disabled = false;
        return onTrouble("The link could not be revoked.", "Check that streamsign is running.");
      }
      // The page shows another link, and the overlay's; a link of the host page may be the one that opened this page.
      if (own || link.kind === "host") location.reload();
      else draw();
    });
    entry.append(label, button);
    return entry;
  };
  fold.addEventListener("toggle", () => fold.open && draw());
}

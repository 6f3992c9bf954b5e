// Room and token that a page keeps in this browser, until the token ends.

const remembered = new Map(); // where storage is switched off

/**
 * Keep an access `{ room, token, until }`; `until` is in milliseconds since 1970. One for this tab only is gone when the
 * tab is closed. Returns whether it is there after a reload.
 */
export function keep(key, access, { tabOnly = false } = {}) {
  forget(key);
  remembered.set(key, access);
  try {
    (tabOnly ? sessionStorage : localStorage).setItem(key, JSON.stringify(access));
    return true;
  } catch {
    return false;
  }
}

/** What was kept; null without, and where its token has ended. */
export function read(key) {
  const access = remembered.get(key) ?? stored(() => sessionStorage, key) ?? stored(() => localStorage, key);
  return access?.token && access.until > Date.now() ? access : null;
}

/** The token that was kept, also one that has ended; empty without. */
export function former(key) {
  return (remembered.get(key) ?? stored(() => sessionStorage, key) ?? stored(() => localStorage, key))?.token ?? "";
}

/** The owner's name for a room, for whoever may view it; the room's own name without. */
export async function titleOf({ room, token }) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const response = await fetch(`/rooms/${encodeURIComponent(room)}/title`, { headers }).catch(() => null);
  return response?.ok ? (await response.json()).title : room;
}

/** The title as pages show it; the main room without a title shows none. */
export function shownTitle({ room, title }) {
  return title === "main" && room === "main" ? "" : title;
}

export function forget(key) {
  remembered.delete(key);
  for (const storage of [() => sessionStorage, () => localStorage]) {
    try {
      storage().removeItem(key);
    } catch { /* storage is off: nothing is kept */ }
  }
}

function stored(storage, key) {
  try {
    return JSON.parse(storage().getItem(key));
  } catch {
    return null;
  }
}

// Pairing: a phone exchanges the QR code's one-time code for a session; the computer's page shows a code that is always
// a fresh one.

import { former, keep, read } from "./access.js";
import { Trouble } from "./camera.js";

const KEPT = "streamsign.phone";
const RETRY_MS = 3000;
/** A phone that just joined the network may lose its first request: the code is offered again. */
const EXCHANGES = 3;
const EXCHANGE_RETRY_MS = 1000;
const TOKEN_KEPT_MS = 12 * 3600 * 1000; // as long as a paired phone's session

/**
 * Room and token of this phone: by the code or token in the page's fragment, or kept from an earlier pairing. What was in
 * the fragment leaves the address bar, so that a screenshot does not give it away.
 * @throws {Trouble} in words, with the next step
 */
export async function takeSession() {
  const given = new URLSearchParams(location.hash.slice(1));
  const kept = read(KEPT);
  const room = given.get("room") || kept?.room || "main";
  const token = given.get("token");
  const code = given.get("code");
  if (token) keep(KEPT, { room, token, until: Date.now() + TOKEN_KEPT_MS });
  else if (code) await scanned(code, kept?.room === room ? kept : null);
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  const access = read(KEPT);
  if (!access) {
    throw new Trouble("This phone is not paired.", "Scan the QR code on the computer's screen.");
  }
  return access;
}

/** A code was scanned. Who is paired with that room already goes on, whatever has become of the code. */
async function scanned(code, paired) {
  try {
    keep(KEPT, await exchange(code));
  } catch (error) {
    const headers = { Authorization: `Bearer ${paired?.token}` };
    if (!paired || !(await fetch("/api/models", { headers }).catch(() => null))?.ok) throw error;
  }
}

/** Move this phone to a room of its own; its new access. */
export async function ownRoom({ token }) {
  const response = await fetch("/pair/room", { method: "POST", headers: { Authorization: `Bearer ${token}` } }).catch(() => null);
  if (!response?.ok) throw new Trouble("The room could not be changed.", "Scan the QR code of another room.");
  const access = accessOf(await response.json());
  keep(KEPT, access);
  return access;
}

async function exchange(code) {
  const response = await offer(code);
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    history.replaceState(null, "", location.pathname + location.search);
    throw new Trouble(body.detail ?? "The code was rejected.", body.next_step ?? "Scan the QR code again.");
  }
  return accessOf(body);
}

function accessOf({ room, token, can_edit, expires_s }) {
  return { room, token, canEdit: can_edit, until: Date.now() + 1000 * expires_s };
}

async function offer(code) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fetch("/pair", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ code, former: former(KEPT) }),
      });
    } catch {
      if (attempt === EXCHANGES) {
        throw new Trouble(
          "The computer does not respond.", "Check that both are on the same network, then reload this page.",
        );
      }
      await new Promise((again) => setTimeout(again, EXCHANGE_RETRY_MS));
    }
  }
}

/**
 * Show a room's code for as long as the page is open, a new one before it ends and after it was used.
 * `show({ url, qr_svg, expires_s })`, `refuse(problem, nextStep)`: no code will come.
 */
export async function watchPairing(room, show, refuse) {
  let version = "";
  for (;;) {
    try {
      const query = new URLSearchParams(version ? { room, after: version } : { room });
      const response = await fetch(`/api/pairing?${query}`);
      const body = await response.json();
      if (response.ok) {
        if (body.version !== version) show(body);
        version = body.version;
        continue;
      }
      if (response.status < 500) return refuse(body.detail, body.next_step);
    } catch { /* the server is away: asked again below */ }
    version = "";
    await new Promise((again) => setTimeout(again, RETRY_MS));
  }
}

// Whether the computer can be reached; and if not, why, as far as a page can know it, and what to do.

import { Trouble } from "./camera.js";

const ASK_MS = 1000;
const ASKED = 4;

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/**
 * Returns once the computer answers. It is asked again every second while older questions are still under way: what was
 * sent into a dead network is repeated ever more rarely, so the newest question is the first to get through.
 * @throws {Trouble} after four seconds, or at once when it refuses
 */
export async function answering() {
  const done = new AbortController();
  const ask = () => fetch("/healthz", { cache: "no-store", signal: done.signal });
  const asked = Array.from({ length: ASKED }, (_, number) => pause(number * ASK_MS).then(ask));
  try {
    await Promise.race([...asked, pause(ASKED * ASK_MS).then(() => Promise.reject())]);
  } catch {
    throw unanswered();
  } finally {
    done.abort();
    for (const one of asked) one.catch(() => {});
  }
}

/** Whether a host is in a network of somebody's own (RFC 1918, RFC 6598, RFC 6762): nothing outside leads there. */
export function isPrivate(host) {
  return /^(10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(host)
    || /(^|\.)(local|localhost)$|^\[(::1|f[cd]|fe80)/i.test(host);
}

/** No answer to a request. */
export function unanswered() {
  const again = { lasting: false };
  if (!navigator.onLine && !/^(localhost|127\.|\[::1)/.test(location.hostname)) { // to itself a computer needs no network
    return new Trouble("This device is not connected to a network.", "Turn on Wi-Fi. The page reconnects automatically.", again);
  }
  if (!isPrivate(location.hostname)) {
    return new Trouble(
      "The computer does not respond.",
      "Check that streamsign is running there and that this device is online. Retrying automatically.",
      again,
    );
  }
  if (navigator.connection?.type === "cellular") {
    return new Trouble(
      "This phone uses mobile data, which does not reach the computer.",
      "Join the computer's Wi-Fi. The page reconnects automatically. For mobile data, streamsign needs a public address and a relay.",
      again,
    );
  }
  return new Trouble(
    "The computer does not respond.",
    "Check that streamsign is running there and that both are on the same Wi-Fi: mobile data does not reach it. Retrying automatically.",
    again,
  );
}

/** Requests are answered, but video finds no way; `relay`: one was offered. */
export function noVideo(relay) {
  let step = "Video from another network needs a relay, and streamsign was started without one. Join the computer's Wi-Fi.";
  if (relay) step = "The relay cannot be reached: open its UDP ports, or join the computer's Wi-Fi.";
  else if (isPrivate(location.hostname)) {
    step = "Connect both to the same Wi-Fi (not a guest network), turn off VPNs, and allow UDP in the computer's firewall.";
  }
  return new Trouble("The computer responds, but video does not reach it.", step, { lasting: false });
}

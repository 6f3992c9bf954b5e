// What the pages keep in this browser, each value as "streamsign.NAME".

/** The kept value, or the usual one. */
export function preference(name, usual = "") {
  try {
    return localStorage.getItem(`streamsign.${name}`) ?? usual;
  } catch {
    return usual;
  }
}

/** Keep a value and announce it to this page as the event "preference". */
export function prefer(name, value) {
  try {
    localStorage.setItem(`streamsign.${name}`, value);
  } catch { /* storage is off: not kept */ }
  dispatchEvent(new Event("preference"));
}

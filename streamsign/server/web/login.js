// Signing in as the person who runs the server: the key in the page's fragment is exchanged for a cookie that no script
// can read, and leaves the address bar.

/**
 * Take the key out of the address and sign in with it; without one nothing is asked.
 * @returns {Promise<boolean>} false when the server does not accept the key
 */
export async function signIn() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (!key) return true;
  history.replaceState(null, "", location.pathname + location.search);
  const answer = await fetch("/api/login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ key }),
  });
  return answer.ok;
}

// Signing in as the person who runs the server: the key in the page's fragment is exchanged for a cookie that no script
// can read, and leaves the address bar.

/**
 * Sign in with the key in the address, then remove it from there. A page that is reloaded before the server has answered
 * still has its key.
 * @returns {Promise<boolean>} false when the server does not accept the key
 */
export async function signIn() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (!key) return true;
  const answer = await fetch("/api/login", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ key }),
  });
  history.replaceState(null, "", location.pathname + location.search);
  return answer.ok;
}

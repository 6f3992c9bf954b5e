// The trust page: shows the fingerprint of what is about to be trusted.

import { watchServer } from "./away.js";

watchServer();
const response = await fetch("/trust/fingerprint").catch(() => null);
document.getElementById("fingerprint").textContent = response?.ok
  ? (await response.json()).sha256.match(/.{1,24}/g).join("\n")
  : "The computer does not respond. Reload this page.";

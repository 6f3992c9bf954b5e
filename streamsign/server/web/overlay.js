// Captions over a stream's picture. The query says how they look; the view token, if one is needed, is in the fragment:
// /overlay/main?size=5vh&lines=2#token=…

import { takeAccess, watchCaptions } from "./captions.js";
import { OverlayLook } from "./overlay-look.js";
import { Replay } from "./replay.js";

const room = decodeURIComponent(location.pathname.split("/").pop());
const { token } = takeAccess(`streamsign.view.${room}`, room);
const look = new OverlayLook(document.body, document.getElementById("lines"));
const replay = new Replay();

look.apply(new URLSearchParams(location.search));
watchCaptions({
  room,
  token,
  onEvent(event) {
    const old = replay.repeats(event);
    if (event.type === "hello") {
      if (event.replay !== "resume") look.show(event.text, look.fadeMs === 0);
    } else if ((event.type === "letter" || event.type === "edit") && !old) {
      // The end of a word shows nothing new, except where whole words are shown.
      if (!event.session || event.type === "letter" || look.wholeWords) look.show(event.text, true);
    }
  },
  onConnection(state, detail) {
    if (state === "refused") look.show(`${detail} `, true);
  },
});

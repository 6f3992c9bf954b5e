// Follow a room from any page or from Node 22: watch("ws://localhost:8080/captions/main", (event) => …, token).
// The token is in the view link (after #token=) and in the state folder, file view-token.
// Comes back by itself after a break and asks only for what it missed.

export function watch(url, onEvent, token) {
  let seen = null;
  let log = null;
  let ended = false;
  let socket = null;

  function open() {
    const asked = new URL(url);
    if (log) {
      asked.searchParams.set("after", seen);
      asked.searchParams.set("log_id", log);
    }
    socket = new WebSocket(asked, token ? ["streamsign.v2", `token.${token}`] : ["streamsign.v2"]);
    socket.onmessage = ({ data }) => {
      const event = JSON.parse(data);
      if (event.type === "hello") {
        log = event.log_id;
        if (event.replay !== "resume") seen = 0;
      } else if (event.seq) {
        seen = event.seq;
      }
      onEvent(event);
    };
    socket.onclose = ({ code }) => {
      if (!ended && code !== 4401 && code !== 4404) setTimeout(open, 1000); // not: wrong token, no such room
    };
  }

  open();
  return () => {
    ended = true;
    socket.close();
  };
}

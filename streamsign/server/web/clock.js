// This device's clock, for measurements: answers pings and reports when a letter was painted.

/** Unix seconds, as fine as the browser shows them; never decreasing while the page is open. */
export function unixSeconds() {
  return (performance.timeOrigin + performance.now()) / 1000;
}

/** Answer a ping; returns whether the message was one. */
export function answerPing(message, send) {
  const received_s = unixSeconds();
  if (message.type !== "ping") return false;
  send(JSON.stringify({ type: "pong", id: message.id, received_s, answered_s: unixSeconds() }));
  return true;
}

/** A data channel that answers pings: unordered and without retransmission, because a late answer is useless. */
export function openClockChannel(connection) {
  const channel = connection.createDataChannel("clock", { ordered: false, maxRetransmits: 0 });
  channel.onmessage = ({ data }) => answerPing(JSON.parse(data), (text) => channel.readyState === "open" && channel.send(text));
  return channel;
}

let hidden = 0;
document.addEventListener("visibilitychange", () => (hidden += document.hidden));

/** Report when what was just put on the page has been painted; never while the page is hidden. */
export function reportPainted(seq, send) {
  if (document.hidden) return;
  const before = hidden;
  requestAnimationFrame(() => {
    // A frame's callbacks run before it is painted, the next message after.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      if (hidden === before) send(JSON.stringify({ type: "painted", seq, at_s: unixSeconds() }));
    };
    port2.postMessage(null);
  });
}

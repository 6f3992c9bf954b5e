// Tells new events from those of a replay, which repeat what the text of its hello says already.

export class Replay {
  constructor() {
    this.until = 0;
  }

  /** Whether an event is one of a replay from the start. Call it with every hello. */
  repeats(event) {
    if (event.type === "hello") this.until = event.replay === "resume" ? 0 : event.last_seq;
    return event.seq <= this.until;
  }
}

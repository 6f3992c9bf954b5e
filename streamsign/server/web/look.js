// The picture of a phone on the host page, from browser to browser: the server passes on the offer and its answer only.

import { gathered } from "./whip.js";

/** On the phone: answer a look with the track that is sent; the connection that shows it. */
export async function showTo({ id, sdp }, publisher) {
  const connection = new RTCPeerConnection({ iceServers: publisher.iceServers });
  connection.addTrack(publisher.track);
  await connection.setRemoteDescription({ type: "offer", sdp });
  await connection.setLocalDescription();
  await gathered(connection);
  publisher.letters.send(JSON.stringify({ type: "shown", id, sdp: connection.localDescription.sdp }));
  return connection;
}

/** On the host page: a button that shows and hides the picture of the camera that sends. */
export class PhonePicture {
  constructor({ button, stage, notice }) {
    Object.assign(this, { button, stage, notice, session: "", connection: null });
    button.addEventListener("click", () => (this.connection ? this.hide() : this.#look()));
  }

  /** The camera that sends now; empty without. */
  offer(session) {
    if (session !== this.session) this.hide();
    this.session = session;
    this.button.hidden = !session;
  }

  hide() {
    this.connection?.close();
    this.connection = null;
    this.stage.hidden = true;
    this.button.textContent = "Show the phone's picture";
  }

  async #look() {
    const connection = this.connection = new RTCPeerConnection();
    const ended = (problem, nextStep) => {
      if (this.connection !== connection) return; // hidden meanwhile
      this.hide();
      this.notice(problem, nextStep);
    };
    connection.addTransceiver("video", { direction: "recvonly" });
    connection.ontrack = ({ track }) => (this.stage.firstElementChild.srcObject = new MediaStream([track]));
    connection.onconnectionstatechange = () => {
      const { connectionState: state } = connection;
      if (state === "connected") this.stage.hidden = this.connection !== connection;
      else if (state === "failed") ended("The phone's picture does not arrive.", "Phone and computer must be in the same network.");
    };
    this.button.textContent = "Hide the phone's picture";
    await connection.setLocalDescription();
    await gathered(connection);
    const response = await fetch(`/api/cameras/${this.session}/look`, {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ sdp: connection.localDescription.sdp }),
    }).catch(() => null);
    const answer = await response?.json().catch(() => null);
    if (!response?.ok) return ended(answer?.detail ?? "The phone's picture does not arrive.", answer?.next_step ?? "");
    if (this.connection === connection) await connection.setRemoteDescription({ type: "answer", sdp: answer.sdp });
  }
}

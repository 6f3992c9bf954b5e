// The sending end of the webrtc benchmark: a canvas that shows when it was drawn, sent like a phone's camera.
// window.offer({width, height, fps, codec, shift_ms, paint, channel}) -> offer SDP; window.accept(sdp) waits until connected; window.hangUp()
let peer, timer;

window.offer = async ({ width, height, fps, codec, shift_ms, paint, channel }) => {
  const paintCode = eval(paint);
  const canvas = document.createElement('canvas');
  canvas.width = width; canvas.height = height;
  document.body.replaceChildren(canvas);
  const context = canvas.getContext('2d', { alpha: false });
  const [track] = canvas.captureStream(0).getVideoTracks();
  let count = 0;
  const draw = () => {
    // A moving picture below the time code, so that the encoder has work to do as with a camera.
    context.fillStyle = '#456'; context.fillRect(0, 0, width, height);
    for (let i = 0; i < 12; i++) {
      context.fillStyle = `hsl(${(i * 30 + count) % 360} 60% 60%)`;
      context.beginPath();
      context.arc((i * 97 + count * 3) % width, height * (0.4 + 0.05 * i), height / 12, 0, 7);
      context.fill();
    }
    const now = performance.timeOrigin + performance.now() + shift_ms;
    paintCode(context, width, height, Math.round(now * 10) % (1 << 24));
    track.requestFrame();
    count++;
  };
  window.hangUp();  // what a receiver that failed left
  peer = new RTCPeerConnection();
  if (channel) peer.createDataChannel(channel);
  const transceiver = peer.addTransceiver(track, { direction: 'sendonly', streams: [new MediaStream([track])] });
  const all = RTCRtpSender.getCapabilities('video').codecs;
  const wanted = all.filter((c) => c.mimeType.toLowerCase() === `video/${codec}`);
  if (!wanted.length) throw new Error(`this browser cannot send ${codec}`);
  transceiver.setCodecPreferences([...wanted, ...all.filter((c) => /rtx/i.test(c.mimeType))]);
  await peer.setLocalDescription(await peer.createOffer());
  if (peer.iceGatheringState !== 'complete') {
    await new Promise((done) => {
      peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && done();
    });
  }
  const parameters = transceiver.sender.getParameters();
  parameters.degradationPreference = 'maintain-resolution';
  await transceiver.sender.setParameters(parameters);
  timer = setInterval(draw, 1000 / fps);
  return peer.localDescription.sdp;
};

window.accept = async (sdp) => {
  await peer.setRemoteDescription({ type: 'answer', sdp });
  const deadline = performance.now() + 20000;
  while (peer.connectionState !== 'connected') {
    if (peer.connectionState === 'failed' || performance.now() > deadline) throw new Error('no media path came up');
    await new Promise((done) => setTimeout(done, 10));
  }
};

window.hangUp = () => { clearInterval(timer); peer?.close(); };

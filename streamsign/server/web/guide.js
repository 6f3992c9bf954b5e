// The guide box over a preview: the square the server reads, drawn where the video's own pixels put it.

/** Side of the square over the frame's shorter side; the same number as GUIDE_SHARE in streamsign/recognition/crop.py. */
export const GUIDE_SHARE = 0.7;

/** Where the square lies inside an element of `width` × `height` that shows the video with `object-fit: contain`. */
export function guideRectangle(width, height, videoWidth, videoHeight) {
  const scale = Math.min(width / videoWidth, height / videoHeight);
  const side = GUIDE_SHARE * Math.min(videoWidth, videoHeight) * scale;
  return { left: (width - side) / 2, top: (height - side) / 2, side };
}

/** Keep the square in place while the element or the video changes size (a turned phone swaps width and height). */
export function drawGuide(stage, video, guide) {
  function place() {
    const known = video.videoWidth > 0;
    guide.hidden = !known;
    if (!known) return;
    stage.style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`;
    const square = guideRectangle(stage.clientWidth, stage.clientHeight, video.videoWidth, video.videoHeight);
    guide.style.left = `${square.left}px`;
    guide.style.top = `${square.top}px`;
    guide.style.width = guide.style.height = `${square.side}px`;
  }
  video.addEventListener("resize", place);
  video.addEventListener("loadedmetadata", place);
  new ResizeObserver(place).observe(stage);
  place();
}

// A button that fills the screen with the page.

export function offerFullScreen(button) {
  button.hidden = !document.fullscreenEnabled;
  button.addEventListener("click", () => (
    document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()
  ));
  document.addEventListener("fullscreenchange", () => {
    button.textContent = document.fullscreenElement ? "Leave fullscreen" : "Fullscreen";
  });
}

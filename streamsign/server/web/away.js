// A banner over the page while the server does not respond.

const EVERY_MS = 5000;
const AGAIN_MS = 1000;
const ANSWER_MS = 4000;
/** A shorter interruption is not shown. */
const GRACE_MS = 1500;

/** Whether a camera's status says that the service cannot store or receive captions at present. */
export const interrupted = ({ state, detail }) => state === "stalled" && detail.startsWith("Captions are interrupted.");

export class AwayBanner {
  constructor(titled = "streamsign does not respond.", next = "Check that it is running. This page reconnects automatically.") {
    const [title, step] = ["strong", "span"].map((tag) => document.createElement(tag));
    title.textContent = titled;
    step.textContent = next;
    this.banner = Object.assign(document.createElement("div"), { className: "notice away", hidden: true });
    this.banner.setAttribute("role", "alert");
    this.banner.append(title, step);
    document.querySelector("main").before(this.banner);
    this.timer = 0;
  }

  /** Show the banner while `away`; it may be called again and again. */
  show(away) {
    if (!away) {
      clearTimeout(this.timer);
      this.timer = 0;
      this.banner.hidden = true;
    } else if (!this.timer) {
      this.timer = setTimeout(() => (this.banner.hidden = false), GRACE_MS);
    }
  }
}

/** For a page without a connection of its own: ask the server from time to time while the page is visible and `idle()`. */
export function watchServer(idle = () => true) {
  const banner = new AwayBanner();
  const ask = async () => {
    let away = false;
    if (!document.hidden && idle()) away = !(await responds());
    banner.show(away && idle());
    setTimeout(ask, away ? AGAIN_MS : EVERY_MS);
  };
  ask();
}

async function responds() {
  try {
    const { status } = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout?.(ANSWER_MS) });
    return status < 502; // a proxy answers 502 to 504 for a server that is away
  } catch {
    return false;
  }
}

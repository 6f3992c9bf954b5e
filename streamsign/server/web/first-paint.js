// Applies theme and text size before the first paint. A classic script in the head, because modules run after the page.
{
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    let theme = null;
    let size = null;
    try {
      theme = localStorage.getItem("streamsign.theme");
      size = localStorage.getItem("streamsign.size");
    } catch { /* storage is off: the usual look */ }
    const dark = theme === "dark" || (theme !== "light" && system.matches);
    Object.assign(document.documentElement.dataset, { theme: dark ? "dark" : "light", size: size ?? "normal" });
  };
  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", apply); // changed in another tab
  addEventListener("preference", apply);
}

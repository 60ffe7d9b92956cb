// Light or dark: the system's wish until the person chooses; runs before the page is drawn.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => localStorage.getItem("lantern.theme");

  function apply() {
    root.dataset.theme = chosen() ?? (system.matches ? "dark" : "light");
  }

  system.addEventListener("change", apply);
  root.addEventListener("lantern:toggle-theme", () => {
    localStorage.setItem("lantern.theme", root.dataset.theme === "dark" ? "light" : "dark");
    apply();
  });
  apply();
})();

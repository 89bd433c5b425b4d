// What the page says while it starts, when that takes too long, and when its kernel is gone.
(() => {
  const PATIENCE = 60000; // ms until a start counts as stuck
  const ASK = 3000; // ms between two questions whether the kernel is there
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const find = (id) => document.getElementById(id);
  let lost = 0;

  // JupyterLab's widgets read the theme here
  function paint() {
    document.body.dataset.jpThemeLight = String(!dark.matches);
    document.body.dataset.jpThemeName = dark.matches ? "JupyterLab Dark" : "JupyterLab Light";
  }

  function started() {
    const cells = find("rendered_cells");
    const waiting = cells.querySelector('script[type="application/vnd.voila.cell-output+json"]');
    if (!waiting) find("room-starting").hidden = true;
    return !waiting;
  }

  function stuck() {
    const note = find("room-starting");
    if (!note.hidden) {
      note.textContent =
        "This takes longer than it should. The terminal in which the room was started may say why.";
    }
  }

  function say(words) {
    const box = find("room-lost");
    if (box.childElementCount) return;
    const note = document.createElement("div");
    note.className = "room-note room-wrong";
    const text = document.createElement("p");
    text.textContent = words;
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = "Reload";
    again.onclick = () => location.reload();
    note.append(text, again);
    box.append(note);
  }

  async function ask(url) {
    try {
      const answer = await fetch(url, { cache: "no-store" });
      if (answer.ok) {
        lost = 0;
        find("room-lost").replaceChildren();
        return;
      }
      say("Connection lost: what was running behind this page has ended. What you saved is kept.");
    } catch {
      lost += 1;
      if (lost > 1) say("Connection lost: the room does not answer. Is it still running?");
    }
  }

  function loaded() {
    paint();
    dark.addEventListener("change", paint);
    const config = JSON.parse(find("jupyter-config-data").textContent);
    setInterval(ask, ASK, `${config.baseUrl}api/kernels/${config.kernelId}`);
    if (started()) return;
    const watch = new MutationObserver(() => started() && watch.disconnect());
    watch.observe(find("rendered_cells"), { childList: true, subtree: true });
  }

  window.voila_heartbeat = () => {};
  window.voila_finish = () => {};
  window.room = { loaded };
  setTimeout(stuck, PATIENCE);
})();

// What every screen stands on: a shadow root with our own style, the words of the person's language,
// the theme of the notebook around it, and keys that never leave it.
const NEWS_MS = 1000;

class Screen {
  constructor(model, host, Part) {
    this.model = model;
    host.classList.add("qar-host");
    const shadow = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    const style = document.createElement("style");
    style.textContent = STYLE;
    this.root = document.createElement("div");
    this.root.className = "qar";
    shadow.replaceChildren(style, this.root);
    this.line = new Line(model);
    this.line.onwait = (late) => this.late(late);
    for (const kind of ["keydown", "keyup", "keypress", "contextmenu"]) {
      host.addEventListener(kind, (event) => event.stopPropagation());
    }
    this.theme = new MutationObserver(() => this.dress(host));
    this.theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
    this.preferred = matchMedia("(prefers-color-scheme: dark)");
    this.recolour = () => this.dress(host);
    this.preferred.addEventListener("change", this.recolour);
    this.dress(host);
    this.begin(Part);
  }

  dress(host) {
    const light = document.body.dataset.jpThemeLight;
    host.dataset.theme = (light === undefined ? this.preferred.matches : light === "false") ? "dark" : "light";
    this.part?.recolour?.();
  }

  async begin(Part) {
    try {
      const { content } = await this.line.ask("begin");
      this.words = content.words;
      this.root.lang = content.language;
      this.root.dir = content.direction;
      this.notice = document.createElement("p");
      this.notice.className = "notice";
      this.notice.setAttribute("role", "status");
      const inside = document.createElement("div");
      this.root.replaceChildren(this.notice, inside);
      this.part = new Part(inside, this.line, this.say.bind(this), content);
      await this.part.start();
      this.news = setInterval(() => this.part.news?.(), NEWS_MS);
      this.root.dataset.ready = "";
    } catch (error) {
      this.root.textContent = error.message;
      this.root.setAttribute("role", "alert");
      this.root.classList.add("failed");
    }
  }

  // A phrase of the catalogue, its {gaps} filled.
  say(key, gaps = {}) {
    const phrase = this.words[key];
    if (phrase === undefined) throw new Error(`the catalogue has no phrase ${key}`);
    return phrase.replace(/\{(\w+)\}/g, (_, name) => gaps[name]);
  }

  late(why) {
    if (!this.notice || !this.words) return;
    this.notice.textContent = why ? this.words[`screen.${why}`] : "";
    this.notice.nextSibling.inert = why === "gone"; // what is done now would be lost
  }

  close() {
    clearInterval(this.news);
    this.theme.disconnect();
    this.preferred.removeEventListener("change", this.recolour);
    this.part?.close?.();
    this.line.close();
  }
}

const shown = (Part) => ({
  render({ model, el }) {
    const screen = new Screen(model, el, Part);
    return () => screen.close();
  },
});

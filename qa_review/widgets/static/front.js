// The tabs: each opens its screen when it is first chosen, and keeps it while another is shown.
class Front {
  static PARTS = { review: () => Desk, calibrate: () => Room, team: () => Board, rubric: () => Workshop };

  constructor(root, line, say, begun) {
    Object.assign(this, { root, line, say, begun });
    this.parts = {};
    this.tab = "";
  }

  async start() {
    this.look = (await this.line.ask("look")).content;
    this.root.classList.add("front");
    await this.open(this.look.tabs[0]);
  }

  async open(tab) {
    if (tab !== this.tab) this.parts[this.tab]?.pause?.(); // what is out of sight is not heard
    this.tab = tab;
    this.render();
    if (this.parts[tab]) return;
    const inside = document.createElement("div");
    this.root.querySelector(`[data-tab="${tab}"]`).replaceChildren(inside);
    try {
      this.parts[tab] = new (Front.PARTS[tab]())(inside, new Extension(this.line, tab), this.say, this.begun);
      await this.parts[tab].start();
    } catch (error) {
      delete this.parts[tab];
      inside.textContent = error.message;
      inside.className = "problem";
      inside.setAttribute("role", "alert");
    }
  }

  // As tabs are used everywhere: the arrows go from one to the next.
  step(event) {
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!way) return;
    const { tabs } = this.look;
    const turned = this.root.closest(".qar").dir === "rtl" ? -way : way;
    this.open(tabs[(tabs.indexOf(this.tab) + turned + tabs.length) % tabs.length]);
    this.root.querySelector('[role="tab"][aria-selected="true"]').focus();
  }

  news() {
    this.parts[this.tab]?.news?.();
  }

  recolour() {
    for (const part of Object.values(this.parts)) part.recolour?.();
  }

  close() {
    for (const part of Object.values(this.parts)) part.close?.();
  }

  render() {
    const { say, look } = this;
    patch(this.root, [
      h("h1", { class: "heard-only", key: "title" }, say("front.heading")),
      h("div", { class: "tabs", key: "tabs" },
        h("div", { role: "tablist", "aria-label": say("front.title"), onkeydown: (event) => this.step(event) },
          look.tabs.map((tab) => h("button", { type: "button", role: "tab", id: `tab-${tab}`, "aria-controls": `panel-${tab}`, tabindex: tab === this.tab ? 0 : -1,
            "aria-selected": String(tab === this.tab), onclick: () => this.open(tab) }, say(`front.${tab}`)))),
        h("span", { class: "quiet" }, say("front.as", { who: look.who }))),
      look.tabs.map((tab) => h("div", { key: tab, id: `panel-${tab}`, role: "tabpanel", "aria-labelledby": `tab-${tab}`, "data-tab": tab, hidden: tab !== this.tab, own: true })),
    ]);
  }
}

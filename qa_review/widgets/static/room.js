// The room: the sessions of one person, a new one, and one that is open. It asks each second whether
// anything was done; nobody presses a button to see what others did, and nothing written is lost.
class Room {
  constructor(root, line, say, begun) {
    Object.assign(this, { root, line, sayAll: say, look: null, sessions: [], version: -1, view: "", trouble: "", status: "" });
    this.words = new RoomWords(say, begun.language);
    this.forms = new RoomForms(() => this.draw());
    this.lists = new RoomList(this);
    this.sealed = new RoomSealed(this);
    this.news = this.news.bind(this);
    root.replaceChildren(...["room", "seat"].map((name) => Object.assign(document.createElement("div"), { className: name })));
    [this.page, this.seat] = root.children;
  }

  ask(ask, given = {}) {
    return this.line.ask(ask, given);
  }

  async start() {
    const { content } = await this.ask("start");
    this.who = content.who;
    if (content.session) await this.open(content.session);
    else await this.list();
  }

  // ---- where one is ----
  async list() {
    await this.go("list", async () => {
      const { content } = await this.ask("sessions");
      Object.assign(this, { sessions: content.sessions, version: content.version, look: null });
    });
  }

  async open(id) {
    await this.go("session", async () => {
      const { content } = await this.ask("look", { session: id });
      this.differ?.close();
      this.differ = new RoomDiffer(this);
      this.figures = new RoomFigures(this);
      this.took(content);
    });
  }

  async begin() {
    await this.go("new", async () => {
      this.look = null;
      this.fresh = new RoomNew(this);
      await this.fresh.start();
    });
  }

  async go(view, prepare) {
    const first = !this.view;
    try {
      await prepare();
      Object.assign(this, { view, trouble: "", status: "" });
    } catch (error) {
      this.trouble = error.message;
      if (first && view !== "list") await this.list().then(() => (this.trouble = error.message));
    }
    this.draw();
    if (!first) this.goTo(".title");
  }

  goTo(selector) {
    this.page.querySelector(selector)?.focus();
  }

  // ---- what is new ----
  took(look) {
    const opened = this.look && this.look.id === look.id && this.look.state !== look.state;
    this.look = look;
    this.version = look.version;
    if (opened) this.status = this.words.say(look.state === "revealed" ? "told_revealed" : "told_called_off", { who: look.lead });
    this.draw();
    if (look.open) this.figures.find(look);
  }

  async news() {
    this.desk?.news?.();
    if (this.asking || !["session", "list"].includes(this.view)) return;
    this.asking = true;
    const { view, look } = this;
    try {
      const { content } = await this.ask("news", { session: view === "list" ? "" : look.id, version: this.version });
      if (this.trouble) this.tell("");
      if (content.changed && view === this.view && look === this.look) await this.changed(content);
    } catch (error) {
      this.tell(error.message);
    }
    this.asking = false;
  }

  async changed(content) {
    if (this.view === "list") {
      const { content: found } = await this.ask("sessions");
      Object.assign(this, { sessions: found.sessions, version: found.version });
      this.draw();
      return;
    }
    this.status = content.happened.map((one) => this.happened(one)).join(" ");
    const there = this.root.getRootNode().activeElement;
    await this.refresh();
    if (there && !there.isConnected) this.goTo(".title"); // what had the focus is gone: a desk, after the reveal
  }

  async refresh() {
    const { id } = this.look;
    const { content } = await this.ask("look", { session: id });
    if (this.look?.id === id) this.took(content);
  }

  happened({ by, what, about: [call, behaviour] }) {
    const title = behaviour && this.look.open ? this.title(this.look, behaviour) : "";
    const where = [title, call].filter(Boolean).join(` ${this.words.say("on")} `);
    return this.words.say(`did_${what.replaceAll(" ", "_")}`, { who: by, where });
  }

  tell(text) {
    this.trouble = text;
    this.draw();
  }

  // ---- words of a session ----
  behaviour(look, id) {
    return look.open.behaviours.find((one) => one.id === id);
  }

  title(look, id) {
    return this.behaviour(look, id)?.title ?? id;
  }

  state(state) {
    const [sign, kind] = { sealed: ["\u25cf", "accent"], revealed: ["\u25cb", "good"], "called off": ["\u2715", "quiet"] }[state];
    return this.words.sign(sign, kind, this.words.say(`state_${state.replace(" ", "_")}`));
  }

  deadline(deadline) {
    const text = this.words.say("until", { when: this.words.when(deadline) });
    return this.words.over(deadline) ? h("span", { class: "warn" }, this.words.sign("!", "warn", `${text}, ${this.words.say("over")}`)) : text;
  }

  followed(look, one) {
    const gaps = { ...one, title: one.behaviour ? this.title(look, one.behaviour) : "" };
    return h("bdi", null, this.words.say(`outcome_${one.kind}`, gaps));
  }

  // ---- what is seen ----
  draw() {
    const { look, view } = this;
    patch(this.page, [
      h("p", { key: "status", class: "status", role: "status" }, this.status),
      h("p", { key: "trouble", class: "problem", role: "alert" }, this.trouble),
      view === "list" ? this.lists.vnodes(this.sessions) : null,
      view === "new" ? [this.back(), this.fresh.vnodes()] : null,
      view === "session" ? [this.back(), this.header(look), this.body(look)] : null,
    ]);
    this.sit(view === "session" && look.state === "sealed" && look.scores && look.seated ? look.id : "");
  }

  back() {
    return h("button", { type: "button", class: "bare back", key: "back", onclick: () => this.list() }, `\u2039 ${this.words.say("sessions")}`);
  }

  header(look) {
    const { words } = this;
    const { say } = words;
    return h("div", { class: "head", key: look.id },
      h("div", { class: "heading" }, h("h2", { class: "title", tabindex: "-1" }, h("bdi", null, look.name)), h("span", { class: "state" }, this.state(look.state)),
        look.open ? h("button", { type: "button", class: "save", onclick: () => this.save() }, say("save")) : null),
      h("p", { class: "facts" },
        h("span", null, look.leads ? say("you_lead") : say("led_by", { who: look.lead })),
        h("span", null, words.count("calls", look.calls.length), ", ", say("chosen", { how: look.chosen })),
        h("span", null, say("rubric_version", { title: look.rubric.title, version: look.rubric.version })),
        look.deadline && look.state === "sealed" ? h("span", null, this.deadline(look.deadline)) : null,
        look.open ? h("span", null, say("revealed_at", { when: words.when(look.revealed_at) })) : null),
      look.open ? this.proof(look.open) : null);
  }

  // That every ballot is as it was handed in, or whatever speaks against it; then who is missing.
  proof(open) {
    const { words } = this;
    const { say } = words;
    const missing = new Map();
    for (const [rater, call] of open.missing) missing.set(rater, [...(missing.get(rater) ?? []), call]);
    const given = ({ behaviour, level }) => `${this.title({ open }, behaviour)} ${words.level(level)}`;
    return [
      open.problems.length
        ? h("div", { class: "broken", key: "broken", role: "note" }, h("p", null, words.sign("!", "bad", h("b", null, words.count("broken", open.problems.length)))),
          h("ul", null, open.problems.map((one) => h("li", { key: one }, h("bdi", null, one)))), h("p", null, say("settle_first")))
        : h("p", { key: "proof" }, words.sign("\u2713", "good", words.count("proof", open.ballots))),
      open.unsent.length ? h("div", { key: "unsent", class: "warn", role: "note" }, h("p", null, words.sign("!", "warn", say("unsent"))),
        h("ul", null, open.unsent.map((one) => h("li", { key: one.call }, h("b", null, h("bdi", null, one.call)), ": ", one.answers.map(given).join(", ") || say("unsent_nothing"))))) : null,
      missing.size ? h("p", { key: "missing", class: "warn" }, words.sign("!", "warn", say("missing", { who: words.people([...missing].map(([rater, calls]) => `${rater} (${words.count("calls", calls.length)})`)) }))) : null,
    ];
  }

  body(look) {
    const { say } = this.words;
    if (look.state === "called off") return h("p", { key: "off", class: "panel" }, say("was_called_off"), " ", h("bdi", null, look.called_off));
    if (look.open) return [this.differ.vnodes(look), this.figures.vnodes(look)];
    return this.sealed.vnodes(look);
  }

  // The desk of a rater stands below the page while ballots are taken.
  sit(id) {
    if (this.seated === id) return;
    this.seated = id;
    this.desk?.close?.();
    this.desk = null;
    this.seat.replaceChildren();
    if (!id) return;
    const place = document.createElement("div");
    this.seat.append(place);
    this.desk = new Desk(place, new Extension(this.line, `desk.${id}`), this.sayAll);
    this.desk.start().catch((error) => this.tell(error.message));
  }

  async save() {
    try {
      const { content, buffers } = await this.ask("report", { session: this.look.id });
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([buffers[0]], { type: "text/html" }));
      link.download = content.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (error) {
      this.tell(error.message);
    }
  }

  recolour() {
    this.desk?.recolour?.();
    this.differ?.player?.recolour();
  }

  pause() {
    this.differ?.player?.pause();
    this.desk?.pause?.();
  }

  close() {
    this.desk?.close?.();
    this.differ?.close();
  }
}

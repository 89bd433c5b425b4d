// The workshop: a rubric's draft as a form or as text, and beside it what the edit does. The draft is
// the kernel's; what is being written is sent when the writing pauses, one change after another.
class Workshop {
  static WRITTEN_MS = 500;

  constructor(root, line, say, begun) {
    Object.assign(this, { root, line, begun, language: begun?.language === "en" ? "en-GB" : begun?.language });
    this.say = (key, gaps) => say(`workshop.${key}`, gaps);
    this.see = { kind: "behaviours", id: "", text: false };
    this.chain = Promise.resolve();
    this.pending = 0;
    this.unsent = null; // {field, send, timer}: what is being written
    this.problem = ""; // what the kernel refused, in its words
    this.file = null; // the path of the file to write too; null: as suggested
    this.saved = null;
    this.folds = new Map();
    this.form = new WorkshopForm(this);
    this.text = new WorkshopText(this);
    this.preview = new WorkshopPreview(this);
  }

  async start() {
    await this.look();
    await this.open(this.known.first);
  }

  async look() {
    this.known = (await this.line.ask("look")).content;
    this.preview.choose(this.known.chosen);
  }

  async open(base) {
    await this.flush();
    await this.chain;
    try {
      const { content } = await this.line.ask("see", { base, see: this.see });
      this.base = base;
      this.problem = "";
      this.file = null;
      this.preview.forget();
      this.take(content);
      await this.show(this.see.kind, content.item?.id ?? content.outline?.[this.see.kind]?.[0]?.id ?? "");
    } catch (error) {
      this.problem = error.message;
      this.draw();
    }
  }

  // ---- edits ----
  // Asks for something that changes the draft, after what is being written; true when it was done.
  async edit(ask, given = {}) {
    await this.flush();
    return this.tell(ask, given);
  }

  set(edits) {
    return this.edit("set", () => ({ edits: typeof edits === "function" ? edits() : edits }));
  }

  tell(ask, given) {
    const { base } = this;
    this.pending += 1;
    this.chain = this.chain.then(async () => {
      let done = true;
      try {
        const asked = typeof given === "function" ? given() : given;
        const { content } = await this.line.ask(ask, { base, see: this.see, ...asked });
        if (base === this.base) this.take(content);
        this.problem = "";
        if (ask !== "see") this.saved = null;
      } catch (error) {
        this.problem = error.message;
        done = false;
      }
      this.pending -= 1;
      this.draw();
      if (!this.pending && !this.unsent) this.preview.follow();
      return done;
    });
    return this.chain;
  }

  take(state) {
    this.state = state;
  }

  // Something that can be opened and closed, and stays so.
  fold(key, first, summary, children, opened = () => {}) {
    return h("details", { key, open: this.folds.get(key) ?? first, ontoggle: (event) => {
      if (this.folds.get(key) === event.target.open) return;
      this.folds.set(key, event.target.open);
      opened(event.target.open);
    } }, h("summary", {}, summary), children);
  }

  // Letters are sent when the writing pauses, or the field is left.
  write(field, send) {
    if (this.unsent && this.unsent.field !== field) this.flush();
    clearTimeout(this.unsent?.timer);
    field.dataset.unsent = "1";
    this.unsent = { field, send, timer: setTimeout(() => this.flush(), Workshop.WRITTEN_MS) };
    this.draw();
  }

  async flush() {
    const { unsent } = this;
    if (!unsent) return;
    this.unsent = null;
    clearTimeout(unsent.timer);
    await unsent.send(unsent.field.value);
    if (this.unsent?.field !== unsent.field) delete unsent.field.dataset.unsent;
    this.draw();
  }

  async show(kind, id) {
    Object.assign(this.see, { kind, id });
    await this.edit("see");
    const editor = this.root.querySelector(".editor");
    if (editor) editor.scrollTop = 0;
  }

  // Opens the form at a behaviour or an indicator, from wherever it is named.
  async visit(kind, id) {
    this.see.text = false;
    await this.show(kind, id);
    this.root.querySelector("#part")?.focus();
  }

  async news() {
    if (this.looking || this.pending || this.unsent || !this.state) return;
    this.looking = true;
    try {
      const { base, see } = this;
      const { content } = await this.line.ask("news", { base, mark: this.state.mark, see });
      if (content && base === this.base && !this.pending && !this.unsent) {
        this.take(content);
        this.draw();
        this.preview.follow();
      }
    } catch (error) {
      this.problem = error.message;
      this.draw();
    } finally {
      this.looking = false;
    }
  }

  async save(event) {
    event.preventDefault();
    await this.flush();
    await this.chain;
    const { base, state } = this;
    const file = this.alsoFile ? this.path() : "";
    this.saving = true;
    this.draw();
    try {
      const { content } = await this.line.ask("save", { base, mark: state.mark, file });
      await this.look();
      await this.open(content.name);
      this.saved = content;
      this.draw();
      this.root.querySelector("#saved")?.focus();
    } catch (error) {
      this.problem = error.message;
    }
    this.saving = false;
    this.draw();
  }

  path() {
    return this.file ?? `rubrics/${this.state.id}.v${this.state.version}.toml`;
  }

  async discard() {
    this.asking = false;
    await this.edit("discard");
    this.root.querySelector("#version")?.focus();
  }

  count(key, n) {
    return this.say(`${key}_${n === 1 ? "one" : "many"}`, { n: n.toLocaleString(this.language) });
  }

  problemsOf(where) {
    return this.state.problems.filter((one) => one.where === where || one.where.startsWith(`${where}[`));
  }

  close() {
    this.flush();
    this.preview.stop();
  }

  // ---- what is shown ----
  draw() {
    if (!this.state) return patch(this.root, h("div", { class: "workshop" }, this.problem && this.alert()));
    patch(this.root, h("div", { class: "workshop", key: "workshop", onkeydown: (event) => this.keys(event) }, this.head(),
      h("div", { class: "work", key: "work" },
        h("section", { class: "editor", key: "editor", "aria-labelledby": "editor" }, this.editor()),
        h("section", { class: "preview", key: "preview", "aria-labelledby": "preview" }, this.preview.vnodes())),
      this.foot()));
  }

  // Undo and redo of the draft, but in a field whose text is no part of it.
  keys(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    const field = event.target;
    const writing = field.selectionStart !== undefined && (field.dataset.unsent || !field.closest(".editor") || field.closest("form"));
    if ((key !== "z" && key !== "y") || writing) return;
    event.preventDefault();
    this.edit(key === "y" || event.shiftKey ? "redo" : "undo");
  }

  alert() {
    return h("p", { class: "problem", role: "alert", key: "alert" }, this.problem);
  }

  head() {
    const { say, state, known } = this;
    return h("div", { class: "top", key: "top" },
      h("div", { class: "row" }, h("h2", {}, say("title")),
        h("label", { for: "version", class: "quiet small" }, say("version")),
        h("select", { id: "version", value: this.base, onchange: (event) => this.open(event.target.value) },
          known.versions.map((one) => h("option", { value: one.name, key: one.name }, this.named(one)))),
        h("span", { class: "grow" }),
        h("button", { type: "button", disabled: !state.undo, onclick: () => this.edit("undo") }, say("undo")),
        h("button", { type: "button", disabled: !state.redo, onclick: () => this.edit("redo") }, say("redo")),
        h("button", { type: "button", disabled: !state.kept, onclick: () => { this.asking = true; this.draw(); this.root.querySelector("#sure")?.focus(); } }, say("discard"))),
      this.asking && h("div", { class: "row sure", key: "sure", role: "group", "aria-label": say("discard") }, h("span", {}, say("discard_sure")),
        h("button", { id: "sure", type: "button", onclick: () => this.discard() }, say("discard_yes")),
        h("button", { type: "button", onclick: () => { this.asking = false; this.draw(); } }, say("discard_no"))),
      h("p", { class: "quiet small", role: "status" }, this.status()));
  }

  named(one) {
    const where = { store: this.say("in_store"), shipped: this.say("shipped") }[one.where] ?? one.where;
    return this.say(one.draft ? "version_draft" : "version_name", { title: one.title, id: one.id, version: one.version, where });
  }

  status() {
    const { say, state } = this;
    if (this.unsent || this.pending) return say("keeping");
    return state.changed ? say("kept", { version: state.version }) : say("unchanged", { base: state.base });
  }

  editor() {
    const { say } = this;
    const as = (text) => h("label", { class: "as", key: `as ${text}` }, h("input", { type: "radio", name: "as", checked: this.see.text === text,
      onchange: () => { this.see.text = text; this.edit("see"); } }), say(text ? "as_text" : "as_form"));
    return [
      h("div", { class: "row", key: "as" }, h("h3", { id: "editor" }, say("rubric")), h("fieldset", { class: "row" }, h("legend", { class: "heard-only" }, say("as")), as(false), as(true))),
      this.see.text ? this.text.vnodes() : this.form.vnodes(),
    ];
  }

  foot() {
    const { say, state } = this;
    const path = this.path();
    return h("form", { class: "save", key: "save", novalidate: true, onsubmit: (event) => this.save(event) },
      h("div", { class: "row" },
        h("button", { type: "submit", class: "main", disabled: this.saving || (!state.changed && !this.unsent) }, say("save", { id: state.id, version: state.version })),
        h("label", { class: "row" }, h("input", { type: "checkbox", checked: Boolean(this.alsoFile), onchange: (event) => { this.alsoFile = event.target.checked; this.draw(); } }), say("also_file")),
        this.alsoFile && h("input", { type: "text", class: "path", key: "path", "aria-label": say("path"), value: path, oninput: (event) => { this.file = event.target.value; } }),
        h("span", { class: "quiet small" }, this.preview.summary() || say("save_how"))),
      this.problem && h("div", { key: "problem", role: "alert" }, this.problem.split("\n").map((text, n) => h("p", { class: n ? "problem more" : "problem", key: n }, text.replace(/^\s*- /, "")))),
      this.saved && h("p", { class: "saved", id: "saved", tabindex: "-1", key: "saved", role: "status" }, h("span", { "aria-hidden": "true" }, "\u2713 "),
        say(this.saved.file ? "saved_file" : "saved", { ...this.saved, store: this.known.store })));
  }
}

// The rubric as the text that it is.
class WorkshopText {
  constructor(shop) {
    this.shop = shop;
    this.at = 1;
  }

  vnodes() {
    const { shop } = this;
    const { say, state } = shop;
    const there = (event) => {
      this.at = event.target.value.slice(0, event.target.selectionStart).split("\n").length;
      shop.draw();
    };
    if (state.text === null) return null; // it is on its way
    return h("div", { class: "text", key: "text" }, state.outline && shop.form.chooser(),
      h("label", { for: "toml", class: "quiet small" }, say("text_label")),
      h("textarea", { id: "toml", class: "toml", rows: 34, spellcheck: "false", wrap: "off", autocomplete: "off", value: state.text ?? "", "aria-describedby": "toml-problems",
        oninput: (event) => shop.write(event.target, (value) => this.send(value)), onblur: () => shop.flush(), onkeyup: there, onclick: there }),
      h("p", { class: "quiet small" }, say("line", { n: this.at })),
      h("ul", { id: "toml-problems", class: "problems" }, state.problems.map((one, n) => h("li", { key: n },
        h("button", { type: "button", class: "bare", onclick: () => this.go(one) }, say("at_line", { n: one.line })), " ",
        h("span", { class: "problem" }, one.where ? `${one.where}: ${one.text}` : one.text)))));
  }

  send(value) {
    return this.shop.tell("splice", () => WorkshopText.splice(this.shop.state.text ?? "", value));
  }

  static splice(before, after) {
    const most = Math.min(before.length, after.length);
    let at = 0;
    while (at < most && before[at] === after[at]) at += 1;
    let same = 0;
    while (same < most - at && before[before.length - 1 - same] === after[after.length - 1 - same]) same += 1;
    // Python counts characters where JavaScript counts halves of some of them: no half is cut off.
    if (/[\uD800-\uDBFF]/.test(before[at - 1] ?? "")) at -= 1;
    if (same && /[\uDC00-\uDFFF]/.test(before[before.length - same])) same -= 1;
    const count = [...before.slice(0, at)].length;
    return { at: count, was: before.slice(at, before.length - same), now: after.slice(at, after.length - same) };
  }

  // Goes to where a behaviour or an indicator begins.
  find(kind, id) {
    const lines = this.shop.state.text.split("\n");
    const from = lines.findIndex((text) => text.startsWith(`[[${kind}]]`));
    const line = lines.findIndex((text, n) => n > from && text.startsWith("id") && text.split(/["']/)[1] === id);
    this.go({ line: line + 1, column: 1 });
  }

  go({ line, column }) {
    const field = this.shop.root.querySelector("#toml");
    if (!field) return;
    const lines = field.value.split("\n");
    const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    field.focus();
    field.setSelectionRange(before + column - 1, before + (lines[line - 1]?.length ?? 0));
    field.scrollTop = (line - 6) * Number.parseFloat(getComputedStyle(field).lineHeight);
    this.at = line;
    this.shop.draw();
  }
}

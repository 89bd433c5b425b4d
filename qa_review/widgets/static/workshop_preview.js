// What the edit does: examples that don't hold, levels that change, evidence that comes and goes.
// Calls are asked for a few at a time, so that the kernel is never long away; a new edit starts anew.
class WorkshopPreview {
  static SHOWN = 30;
  static TRIED_MS = 300;

  constructor(shop) {
    this.shop = shop;
    this.say = shop.say;
    this.chosen = [];
    this.scorer = ""; // "": as reviews will be scored
    this.limit = WorkshopPreview.SHOWN;
    this.trying = { agent: "", customer: "" };
    this.forget();
  }

  forget() {
    this.mark = "";
    this.run_ = (this.run_ ?? 0) + 1;
    this.runs = new Map();
    this.bad = [];
    this.done = new Map();
    this.about = null;
    this.left = 0;
    this.diff = "";
    this.problem = "";
    this.limit = WorkshopPreview.SHOWN;
  }

  choose(calls) {
    this.chosen = calls;
  }

  stop() {
    this.run_ += 1;
    clearTimeout(this.later);
  }

  run(indicator, key, number) {
    return this.runs.get(`${indicator} ${key} ${number}`);
  }

  failing(id, kind) {
    return kind === "indicators" && this.bad.some((one) => one.indicator === id);
  }

  // Looks again when the draft is another than the one that was looked at.
  follow(anew = false) {
    const { state, base } = this.shop;
    const mark = `${base} ${state.mark}`;
    if (!anew && mark === this.mark) return;
    this.mark = mark;
    const number = ++this.run_;
    this.look(number).catch((error) => {
      if (number !== this.run_) return;
      this.problem = error.message;
      this.left = 0;
      this.shop.draw();
    });
  }

  async ask(ask, given) {
    return (await this.shop.line.ask(ask, { base: this.shop.base, ...given })).content;
  }

  async look(number) {
    const { shop } = this;
    this.problem = "";
    const stale = () => number !== this.run_;
    if (shop.state.problems.length) {
      this.left = 0;
      this.stale = true;
      return shop.draw();
    }
    const checked = await this.ask("check");
    if (stale() || checked.mark !== shop.state.mark) return;
    this.runs = new Map(checked.runs.map((one) => [`${one.indicator} ${one.key} ${one.number}`, one]));
    this.bad = checked.runs.filter((one) => !one.holds);
    this.about = checked.scorer;
    this.stale = false;
    const before = this.done;
    this.done = new Map(this.chosen.filter((call) => before.has(call)).map((call) => [call, before.get(call)]));
    if (!shop.state.changed) this.done = new Map();
    let left = shop.state.changed ? [...this.chosen] : [];
    this.left = left.length;
    shop.draw();
    if (this.trying.agent) this.attempt();
    if (this.differs) await this.showDiff();
    while (left.length && !stale()) {
      const { mark, done } = await this.ask("preview", { calls: left, scorer: this.scorer || this.about.common });
      if (stale() || mark !== shop.state.mark) return;
      for (const [call, found] of Object.entries(done)) this.done.set(call, found);
      left = left.filter((call) => !(call in done));
      this.left = left.length;
      shop.draw();
    }
  }

  async showDiff() {
    this.diff = (await this.ask("diff")).text;
    this.shop.draw();
  }

  // ---- a sentence, tried ----
  try(name, value) {
    this.trying[name] = value;
    clearTimeout(this.later);
    this.later = setTimeout(() => this.attempt(), WorkshopPreview.TRIED_MS);
  }

  async attempt() {
    const { agent, customer } = this.trying;
    try {
      this.tried = agent.trim() ? await this.ask("try", { agent, customer }) : null;
    } catch (error) {
      this.problem = error.message;
    }
    this.shop.draw();
  }

  // ---- what is shown ----
  vnodes() {
    const { say, shop } = this;
    return [
      h("div", { class: "row", key: "head" }, h("h3", { id: "preview" }, say("preview")), h("span", { class: "quiet small", role: "status" }, this.progress())),
      this.problem && h("p", { class: "problem", role: "alert", key: "problem" }, this.problem),
      this.problems(), this.failed(), this.settings(),
      !shop.state.changed && !shop.state.problems.length ? h("p", { class: "quiet", key: "nothing" }, say("nothing_yet")) : [this.levels(), this.evidence()],
      this.tryOut(), this.difference(),
    ];
  }

  progress() {
    const { say, shop } = this;
    if (shop.state.problems.length) return say("waits");
    if (!shop.state.changed) return "";
    const total = this.chosen.length;
    return this.left ? say("working", { n: total - this.left, total }) : shop.count("compared", total);
  }

  // All of it in a line, for whoever has scrolled away from it.
  summary() {
    const { say, shop } = this;
    const { problems, changed } = shop.state;
    if (problems.length) return shop.count("problems", problems.length);
    if (!changed || this.left) return this.progress();
    const every = this.found().flatMap((one) => this.groups(one));
    const come = every.filter((one) => one.appears).length;
    const told = [this.bad.length > 0 && shop.count("failed", this.bad.length), this.moved(), say("evidence", { come: shop.count("appear", come), go: shop.count("disappear", every.length - come) })];
    return told.filter(Boolean).join(" \u00b7 ");
  }

  moved() {
    const n = this.found().flatMap((one) => one.moved ?? []).length;
    return n ? this.shop.count("levels", n) : this.say("levels_none");
  }

  before() {
    return this.stale && h("span", { class: "chip" }, this.say("stale"));
  }

  problems() {
    const { say, shop } = this;
    const { problems } = shop.state;
    if (!problems.length) return null;
    const go = async (one) => {
      const [kind, id] = one.where.replace(/\[\d+\].*$/, "").split(".");
      const known = shop.state.outline?.[kind]?.some?.((each) => each.id === id);
      if (known && !shop.see.text) {
        await shop.visit(kind, id);
        shop.root.querySelector("[aria-invalid=true]")?.focus();
        return;
      }
      shop.see.text = true;
      await shop.edit("see");
      shop.text.go(one);
    };
    return h("section", { class: "part bad", key: "problems", "aria-labelledby": "problems" }, h("h4", { id: "problems" }, shop.count("problems", problems.length)),
      h("ul", {}, problems.slice(0, 20).map((one, n) => h("li", { key: n }, h("button", { type: "button", class: "bare go", onclick: () => go(one) }, one.where || say("at_line", { n: one.line })), " ", h("span", { class: "problem" }, one.text)))));
  }

  failed() {
    const { say, shop } = this;
    if (this.stale || !this.bad.length) return null;
    return h("section", { class: "part bad", key: "failed", "aria-labelledby": "failed" }, h("h4", { id: "failed" }, shop.count("failed", this.bad.length)),
      h("ul", {}, this.bad.slice(0, 20).map((one) => h("li", { key: `${one.indicator} ${one.key} ${one.number}` },
        h("button", { type: "button", class: "bare go", onclick: () => shop.visit("indicators", one.indicator) }, one.indicator), " ",
        h("span", { class: "problem" }, one.problem || say(one.found ? "is_found" : "is_not_found")), " ", h("q", {}, one.said)))));
  }

  settings() {
    const { say, shop } = this;
    const { known } = shop;
    const toggle = (call, on) => {
      this.chosen = known.calls.filter((one) => (one === call ? on : this.chosen.includes(one)));
      shop.draw();
      this.follow(true);
    };
    const full = this.chosen.length >= known.most;
    const fitting = known.calls.filter((call) => call.toLowerCase().includes((this.find ?? "").toLowerCase())).slice(0, 200);
    return h("div", { class: "settings", key: "settings" },
      shop.fold("calls", false, [shop.count("calls", this.chosen.length), " ", h("span", { class: "quiet" }, say("calls_of", { total: known.calls.length }))], [
        h("div", { class: "row" }, h("label", { for: "find-call", class: "small" }, say("find_call")), h("input", { id: "find-call", type: "text", value: this.find ?? "", oninput: (event) => { this.find = event.target.value; shop.draw(); } })),
        full && h("p", { class: "quiet small" }, say("calls_most", { most: known.most })),
        known.sealed > 0 && h("p", { class: "quiet small" }, shop.count("sealed", known.sealed)),
        h("ul", { class: "calls", tabindex: "0", "aria-label": say("calls_list") }, fitting.map((call) => h("li", { key: call }, h("label", {}, h("input", { type: "checkbox", checked: this.chosen.includes(call), disabled: full && !this.chosen.includes(call), onchange: (event) => toggle(call, event.target.checked) }), " ", call)))),
      ]),
      this.about && this.scorers());
  }

  scorers() {
    const { say, shop } = this;
    const { before, after, common } = this.about;
    const now = this.scorer || common;
    const pick = (name) => h("label", { key: name, class: "as" }, h("input", { type: "radio", name: "scorer", checked: now === name, disabled: name === "learned" && common !== "learned",
      onchange: () => { this.scorer = name; shop.draw(); this.follow(true); } }), say(`by_${name}`));
    const lost = before === "learned" && after === "rules";
    return shop.fold(lost ? "scorer lost" : "scorer", lost, say("scored_by", { scorer: say(`by_${now}`) }), [
      h("fieldset", { class: "row" }, h("legend", { class: "heard-only" }, say("both_sides")), pick("learned"), pick("rules")),
      h("p", { class: "small" }, say("same_scorer")),
      h("p", { class: lost ? "small query" : "quiet small" }, lost ? say("scorer_lost") : say(`scorer_${after}`)),
    ]);
  }

  found() {
    return this.chosen.map((call) => this.done.get(call)).filter(Boolean);
  }

  level(given) {
    if (!given) return this.say("absent");
    return given.level ?? this.say(given.open ? "left_open" : "na");
  }

  levels() {
    const { say, shop } = this;
    const rows = this.found().flatMap((one) => [...(one.moved ?? []).map((each) => ({ ...each, call: one.call })), ...this.total(one)]);
    const row = (one) => {
      const [before, after] = one.behaviour ? [this.level(one.before), this.level(one.after)] : [one.before, one.after];
      const way = typeof before === "number" && typeof after === "number" ? (after > before ? "up" : "down") : "";
      return h("tr", { key: `${one.call} ${one.behaviour}`, class: one.behaviour ? "" : "quiet" }, h("th", { scope: "row" }, one.call), h("td", {}, one.title),
        h("td", { class: "change" }, String(before), h("span", { "aria-hidden": "true" }, " \u2192 "), h("span", { class: "heard-only" }, ` ${say("becomes")} `), h("b", {}, String(after)),
          way && h("span", { class: `way ${way}` }, h("span", { "aria-hidden": "true" }, way === "up" ? " \u25B2 " : " \u25BC "), say(way))),
        h("td", {}, one.reason && shop.fold(`why ${one.call} ${one.behaviour}`, false, say("why"), h("p", { class: "small" }, one.reason))));
    };
    return h("section", { class: "part", key: "levels", "aria-labelledby": "levels" }, h("h4", { id: "levels" }, this.moved(), " ", this.before()),
      rows.length > 0 && h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, ["call", "behaviour", "change", "reason"].map((key) => h("th", { scope: "col", key }, say(key))))), h("tbody", {}, rows.map(row)))),
      !rows.length && !this.left && h("p", { class: "quiet small" }, say(this.by() === "learned" ? "no_levels_learned" : "no_levels")),
      this.found().filter((one) => one.problem).map((one) => h("p", { class: "problem small", key: one.call }, `${one.call}: ${one.problem}`)));
  }

  by() {
    return this.scorer || this.about?.common;
  }

  total({ call, overall }) {
    const [before, after] = (overall ?? [null, null]).map((value) => (value === null ? null : Math.round(value)));
    if (before === after) return [];
    return [{ call, behaviour: "", title: this.say("overall"), before: before ?? this.say("na"), after: after ?? this.say("na") }];
  }

  // One place in a call may speak to several behaviours: it is shown once.
  groups({ pieces = [] }) {
    const found = new Map();
    for (const one of pieces) {
      const key = [one.appears, one.indicator, one.turn, one.start, one.end, one.found, one.shown].join(" ");
      const group = found.get(key) ?? { ...one, key, speaks: [] };
      group.speaks.push(`${this.say(one.stance === "for" ? "for" : "against")} ${one.title}`);
      found.set(key, group);
    }
    return [...found.values()];
  }

  evidence() {
    const { say, shop } = this;
    const calls = this.found().map((one) => ({ ...one, groups: this.groups(one) })).filter((one) => one.groups.length);
    const every = calls.flatMap((one) => one.groups);
    const come = every.filter((one) => one.appears).length;
    let room = this.limit;
    const shown = calls.map((one) => {
      const groups = one.groups.slice(0, Math.max(0, room));
      room -= groups.length;
      return { ...one, groups };
    }).filter((one) => one.groups.length);
    return h("section", { class: "part", key: "evidence", "aria-labelledby": "evidence" },
      h("h4", { id: "evidence" }, say("evidence", { come: shop.count("appear", come), go: shop.count("disappear", every.length - come) }), " ", this.before()),
      !every.length && !this.left && h("p", { class: "quiet small" }, say("no_evidence")),
      shown.map((one) => h("div", { class: "of-call", key: one.call }, h("h5", {}, one.call), h("ul", {}, one.groups.map((each) => this.piece(each, one.turns[each.turn]))))),
      every.length > this.limit && h("button", { type: "button", onclick: () => { this.limit += WorkshopPreview.SHOWN; shop.draw(); } }, say("more", { n: Math.min(WorkshopPreview.SHOWN, every.length - this.limit) })));
  }

  piece(one, turn) {
    const { say, shop } = this;
    const marks = [this.by() === "learned" && !one.shown && say("found_only"), !one.found && say("shown_only")].filter(Boolean);
    return h("li", { class: one.appears ? "piece comes" : "piece goes", key: one.key },
      h("p", { class: "what" }, h("b", { class: "sign" }, h("span", { "aria-hidden": "true" }, one.appears ? "+ " : "\u2212 "), say(one.appears ? "appears" : "disappears")), " ",
        h("button", { type: "button", class: "bare go", onclick: () => shop.visit("indicators", one.indicator) }, one.indicator), " ",
        h("span", { class: "quiet" }, one.speaks.join(", ")), marks.map((text) => h("span", { class: "chip", key: text }, text))),
      h("p", { class: "turn" }, h("span", { class: `who ${turn.speaker}` }, `${say(`who_${turn.speaker}`)}${turn.from === null ? "" : ` ${WorkshopPreview.clock(turn.from)}`}`), " ",
        turn.text.slice(0, one.start), h("mark", {}, turn.text.slice(one.start, one.end)), turn.text.slice(one.end)),
      one.note && h("p", { class: "quiet small" }, one.note));
  }

  static clock(ms) {
    const seconds = Math.floor(ms / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  tryOut() {
    const { say } = this;
    const field = (name) => h("div", { class: "field", key: name }, h("label", { for: `try-${name}` }, say(`try_${name}`)), h("input", { id: `try-${name}`, type: "text", autocomplete: "off", value: this.trying[name], oninput: (event) => this.try(name, event.target.value) }));
    return h("section", { class: "part", key: "try", "aria-labelledby": "try" }, h("h4", { id: "try" }, say("try")), h("div", { class: "try" }, field("agent"), field("customer")),
      h("div", { role: "status", class: "tried" }, this.tried && (this.tried.length ? h("ul", {}, this.tried.map((one) => this.attempted(one))) : h("p", { class: "quiet small" }, say("try_nothing")))));
  }

  attempted(one) {
    const { say, shop } = this;
    const state = one.before === one.after ? "" : one.after ? "comes" : "goes";
    return h("li", { key: one.indicator, class: `piece ${state}` }, state && h("b", { class: "sign" }, h("span", { "aria-hidden": "true" }, state === "comes" ? "+ " : "\u2212 "), say(state === "comes" ? "try_new" : "try_gone"), " "),
      h("button", { type: "button", class: "bare go", onclick: () => shop.visit("indicators", one.indicator) }, one.indicator), " ", h("span", { class: "quiet" }, one.meaning), " ", h("q", {}, one.quote));
  }

  difference() {
    const { say, shop } = this;
    const lines = this.diff.split("\n");
    const kind = (line) => ({ "+": "put", "-": "taken", "@": "place" })[line[0]] ?? "";
    const opened = (open) => {
      this.differs = open;
      if (open) this.showDiff();
    };
    const inside = this.diff ? h("pre", { tabindex: "0", "aria-label": say("diff"), class: "diff" }, lines.map((line, n) => h("span", { class: kind(line), key: n }, `${line}\n`))) : h("p", { class: "quiet small" }, say("no_diff"));
    return shop.fold("diff", false, say("diff"), inside, opened);
  }
}

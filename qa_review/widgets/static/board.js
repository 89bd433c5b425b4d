// A team's board. What is shown is what the kernel counted; here it is drawn, filtered and opened.
class Board {
  static EMPTY = { team: "", agent: "", queue: "", first: "", last: "", source: "people first", by: "auto", of: "agent", behaviour: "" };

  constructor(root, line, say, begun) {
    Object.assign(this, { root, line, say, begun });
    this.language = begun?.language ?? "en";
    this.plural = new Intl.PluralRules(this.language);
    this.look = { ...Board.EMPTY };
    this.at = {}; // the mark that Tab reaches, in each chart
    this.asked = 0;
    this.charts = new BoardCharts(this);
    this.lists = new BoardLists(this);
  }

  async start() {
    await this.refresh();
    this.sized = new ResizeObserver(() => this.root.clientWidth !== this.width && this.draw());
    this.sized.observe(this.root);
  }

  async news() {
    if (this.looking) return;
    this.looking = true;
    try {
      const { content } = await this.line.ask("news", { stamp: this.seen?.stamp ?? "" });
      if (content.changed) await this.refresh();
      await this.desk?.part?.news?.();
    } catch (error) {
      this.fail(error);
    } finally {
      this.looking = false;
    }
  }

  close() {
    this.sized?.disconnect();
    this.desk?.part?.close?.();
  }

  pause() {
    this.desk?.part?.pause?.();
  }

  recolour() {
    this.desk?.part?.recolour?.();
  }

  async refresh() {
    const number = ++this.asked;
    try {
      const { content } = await this.line.ask("look", { look: this.look });
      const calls = this.chosen && (await this.behind(this.chosen.mark));
      if (number !== this.asked) return; // something else was chosen meanwhile
      this.seen = content;
      if (this.chosen) this.chosen.calls = calls;
      this.problem = "";
    } catch (error) {
      this.problem = error.message;
    }
    this.draw();
  }

  async behind(mark) {
    return (await this.line.ask("calls", { look: this.look, mark })).content;
  }

  fail(error) {
    this.problem = error.message;
    this.draw();
  }

  filter(name, value) {
    this.look = { ...this.look, [name]: value };
    if (name === "of" && this.chosen?.mark.kind === "group") this.chosen = null;
    if (name === "by" && this.chosen?.mark.kind === "period") this.chosen = null;
    if (name === "behaviour") {
      if (value && this.chosen?.mark.behaviour && this.chosen.mark.behaviour !== value) this.chosen = null;
      this.draw();
    } else this.refresh();
  }

  reset() {
    const { of, source } = this.look;
    this.look = { ...Board.EMPTY, of, source };
    this.refresh();
    this.root.querySelector("select")?.focus();
  }

  // What a mark has: a name in words, and what choosing it does. One of a chart is reached by Tab.
  mark(chart, mark, words, kind = "") {
    const key = JSON.stringify(mark);
    const chosen = this.chosen?.key === key;
    (this.marks[chart] ??= []).push(key);
    return {
      key, class: `stands ${kind}`, "aria-label": words, "aria-pressed": String(chosen), "data-mark": key,
      tabindex: (this.at[chart] ?? this.marks[chart][0]) === key ? "0" : "-1",
      onclick: (event) => this.choose(mark, event.currentTarget),
      onfocus: () => this.stand(chart, key),
    };
  }

  stand(chart, key) {
    if (this.at[chart] === key) return;
    this.at[chart] = key;
    this.draw();
  }

  // Arrow keys between the marks of a chart: along it, and in a table along its columns too.
  roving(chart) {
    return { onkeydown: (event) => this.move(event, chart), "data-chart": chart };
  }

  move(event) {
    const marks = [...event.currentTarget.querySelectorAll("[data-mark]")];
    const here = marks.indexOf(event.target);
    if (here < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    if ((event.key === "Enter" || event.key === " ") && event.target.localName === "g") {
      event.preventDefault();
      event.target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
      return;
    }
    const to = this.aim(event.key, marks, here);
    if (to === undefined) return;
    event.preventDefault();
    to.focus();
  }

  aim(key, marks, here) {
    const mirrored = marks[here].localName !== "g" && getComputedStyle(marks[here]).direction === "rtl";
    const { column } = marks[here].dataset;
    const same = marks.filter((mark) => mark.dataset.column === column);
    const along = { ArrowRight: mirrored ? -1 : 1, ArrowLeft: mirrored ? 1 : -1 }[key];
    const across = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (along) return marks[here + along];
    if (across) return same[same.indexOf(marks[here]) + across];
    return { Home: marks[0], End: marks.at(-1) }[key];
  }

  async choose(mark, element) {
    const key = JSON.stringify(mark);
    if (this.chosen?.key === key) return this.unchoose();
    try {
      const calls = await this.behind(mark);
      this.chosen = { key, mark, calls, title: this.title(mark), from: element };
      this.lists.limit = BoardLists.PAGE;
      this.problem = "";
      this.draw();
      this.root.querySelector("#behind")?.focus();
    } catch (error) {
      this.fail(error);
    }
  }

  unchoose() {
    const key = this.chosen?.key;
    this.chosen = null;
    this.draw();
    [...this.root.querySelectorAll("[data-mark]")].find((mark) => mark.dataset.mark === key)?.focus();
  }

  title(mark) {
    const behaviour = this.seen.behaviours.find((one) => one.id === mark.behaviour)?.title;
    const gaps = { behaviour, level: mark.level, group: mark.name };
    if (mark.kind === "period") gaps.period = this.period({ first: mark.first }, this.seen.by);
    let kind = mark.kind;
    if (kind === "level" && typeof mark.level !== "number") kind = mark.level.replace(" ", "_");
    if (kind === "group" && behaviour) kind = "group_behaviour";
    return this.say(`board.list_${kind}`, gaps);
  }

  // The desk of a call, below the board.
  async open(call, element) {
    try {
      const { part } = (await this.line.ask("open", { call })).content;
      this.desk?.part?.close?.();
      this.desk = { call, name: part, from: element };
      this.draw();
      const inside = this.root.querySelector("[data-desk]");
      this.desk.part = new Desk(inside, new Extension(this.line, part), this.say, this.begun);
      await this.desk.part.start();
      this.root.querySelector("#desk")?.focus();
    } catch (error) {
      this.desk = null;
      this.fail(error);
    }
  }

  leave() {
    const { part, from } = this.desk;
    part?.close?.();
    this.desk = null;
    this.draw();
    from.focus();
  }

  // Figures in words.
  calls(n) {
    return this.say(this.plural.select(n) === "one" ? "board.calls_one" : "board.calls_other", { n: n.toLocaleString(this.language) });
  }

  number(value, digits = 2) {
    return value.toLocaleString(this.language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  clock(ms) {
    const seconds = Math.floor(ms / 1000);
    const two = (value) => String(value).padStart(2, "0");
    const minutes = Math.floor(seconds / 60);
    return minutes < 60 ? `${minutes}:${two(seconds % 60)}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
  }

  date(day, options = { day: "numeric", month: "short", year: "numeric" }) {
    return new Date(`${day}T00:00Z`).toLocaleDateString(this.language === "en" ? "en-GB" : this.language, { ...options, timeZone: "UTC" });
  }

  period({ first }, by, brief = false) {
    if (by === "year") return first.slice(0, 4);
    if (by === "quarter") {
      const said = this.say("board.quarter", { number: (Number(first.slice(5, 7)) + 2) / 3 });
      return brief ? said : `${said} ${first.slice(0, 4)}`;
    }
    if (by === "month") return this.date(first, brief ? { month: "short" } : { month: "long", year: "numeric" });
    if (brief) return this.date(first, { day: "numeric", month: "short" });
    const end = new Date(Date.parse(`${first}T00:00Z`) + 6 * 864e5).toISOString().slice(0, 10);
    return this.say("board.days", { first: this.date(first), last: this.date(end) });
  }

  figures({ value, interval, n, lacking }) {
    const found = { mean: this.number(value), calls: this.calls(n), more: this.calls(lacking) };
    if (interval) [found.low, found.high] = interval.map((end) => this.number(end));
    return found;
  }

  draw() {
    this.width = this.root.clientWidth;
    let made = this.made();
    const lost = Object.keys(this.at).filter((chart) => !this.marks[chart]?.includes(this.at[chart]));
    for (const chart of lost) delete this.at[chart];
    if (lost.length) made = this.made(); // each chart has one mark that Tab reaches
    patch(this.root, made);
  }

  made() {
    this.marks = {};
    return [
      h("div", { class: "board", key: "board" }, this.head(), this.problem && h("p", { class: "problem", role: "alert", key: "problem" }, this.problem), this.seen && this.body()),
      h("section", { class: "at-desk", key: "desk", hidden: !this.desk, "aria-labelledby": "desk" },
        h("div", { class: "row" }, h("h2", { id: "desk", tabindex: "-1" }, this.desk ? this.say("board.desk", { call: this.desk.call }) : ""),
          h("button", { type: "button", onclick: () => this.leave() }, this.say("board.close_desk"))),
        this.desk && h("div", { own: true, key: this.desk.name, "data-desk": this.desk.name })),
    ];
  }

  head() {
    const { seen, say } = this;
    const some = seen && (seen.calls === seen.total ? this.calls(seen.total) : say("board.of_calls", { calls: seen.calls.toLocaleString(this.language), total: this.calls(seen.total) }));
    const [first, last] = seen?.days ?? [];
    const days = first && (first === last ? say("board.on_day", { first: this.date(first) }) : say("board.days", { first: this.date(first), last: this.date(last) }));
    return h("div", { class: "board-top", key: "top" },
      h("div", { class: "row" }, h("h2", {}, say("board.title")), h("p", { class: "quiet", role: "status" }, seen ? [some, days].filter(Boolean).join(", ") : say("board.waiting"))),
      seen && this.filters());
  }

  filters() {
    const { seen, say, look } = this;
    const all = [["", say("board.everyone")]];
    const named = (name) => [...all, ...seen.choices[name].map((value) => [value, value])];
    const behaviours = [["", say("board.all_behaviours")], ...seen.behaviours.map((one) => [one.id, one.title])];
    const sources = ["people first", "people", "scorer"].map((value) => [value, say(`board.source_${value.replace(" ", "_")}`)]);
    const periods = ["auto", "week", "month", "quarter", "year"].map((value) => [value, say(`board.by_${value}`)]);
    const changed = Object.keys(Board.EMPTY).some((name) => !["of", "source"].includes(name) && look[name] !== Board.EMPTY[name]);
    return h("fieldset", { class: "filters" }, h("legend", { class: "heard-only" }, say("board.filters")),
      this.picker("team", named("team")), this.picker("agent", named("agent")), this.picker("queue", named("queue")),
      this.dayPicker("first"), this.dayPicker("last"),
      this.picker("behaviour", behaviours), this.picker("source", sources), this.picker("by", periods),
      h("button", { type: "button", class: "bare", disabled: !changed, onclick: () => this.reset() }, say("board.reset")));
  }

  picker(name, options) {
    return this.field(name, h("select", { id: `choose-${name}`, value: this.look[name], onchange: (event) => this.filter(name, event.target.value) },
      options.map(([value, text]) => h("option", { value, key: `${name} ${value}` }, text))));
  }

  dayPicker(name) {
    return this.field(name, h("input", { id: `choose-${name}`, type: "date", value: this.look[name], onchange: (event) => this.filter(name, event.target.value) }));
  }

  field(name, control) {
    return h("div", { class: "field", key: name }, h("label", { for: `choose-${name}` }, this.say(`board.${name}`)), control);
  }

  body() {
    const { seen, say } = this;
    if (!seen.calls) return this.empty();
    const shown = seen.behaviours.filter((one) => !this.look.behaviour || one.id === this.look.behaviour);
    return [
      this.notes(), this.legend(),
      shown.map((one) => this.panel(one)),
      h("section", { class: "card", key: "groups", "aria-labelledby": "groups" },
        h("div", { class: "row" }, h("h3", { id: "groups" }, say("board.groups")), this.picker("of", ["agent", "team", "queue"].map((of) => [of, say(`board.of_${of}`)]))),
        h("p", { class: "quiet small" }, say("board.groups_how")),
        seen.groups.length ? this.lists.groups(seen, shown) : h("p", { class: "quiet" }, say(`board.no_groups_${this.look.of}`)),
        this.chosen?.mark.kind === "group" && this.lists.calls(this.chosen)),
    ];
  }

  empty() {
    const { seen, say } = this;
    const filtered = ["team", "agent", "queue", "first", "last"].some((name) => this.look[name]);
    const which = filtered ? "no_match" : this.look.source === "people first" ? "no_calls" : "no_source";
    return [this.notes(), h("div", { class: "card empty", key: "empty" }, h("h3", {}, say(`board.${which}`)), h("p", {}, say(`board.${which}_how`, { results: seen.results })),
      filtered && h("button", { type: "button", onclick: () => this.reset() }, say("board.reset")))];
  }

  notes() {
    const { seen, say } = this;
    const total = this.calls(seen.calls);
    const kind = seen.people && seen.scorer ? "mixed" : seen.people ? "people" : seen.scorer ? "scorer" : "none";
    const found = seen.calls ? [say(`board.sources_${kind}`, seen)] : [];
    if (seen.blind) found.push(say("board.blind"));
    if (seen.calls) for (const [name, n] of Object.entries(seen.missing)) found.push(say(`board.missing_${name}`, { some: n, total }));
    if (seen.behaviours.some((one) => one.unproven)) found.push(say("board.unproven_how"));
    if (seen.sealed) found.push(say("board.sealed", { some: this.calls(seen.sealed) }));
    if (seen.elsewhere) found.push(say("board.elsewhere", { some: this.calls(seen.elsewhere) }));
    if (seen.versions.length > 1) found.push(say("board.versions", { versions: seen.versions.join(", ") }));
    return found.length > 0 && h("ul", { class: "notes", key: "notes" }, found.map((note) => h("li", {}, note)));
  }

  legend() {
    const { seen, say } = this;
    const sign = (...inside) => h("svg", { width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": "true" }, inside);
    return h("p", { class: "legend quiet", key: "legend" },
      h("span", {}, sign(h("path", { class: "whisker", d: "M8 1V15M4 1h8M4 15h8" }), h("circle", { class: "dot", cx: 8, cy: 8, r: 4 })), `${say("board.legend")}, ${say("board.legend_interval")}`),
      h("span", {}, sign(h("circle", { class: "dot few", cx: 8, cy: 8, r: 3.5 })), say("board.legend_few", { least: seen.least })),
      h("span", {}, say("board.keys")));
  }

  panel(one) {
    const { say } = this;
    const chosen = this.chosen?.mark.behaviour === one.id && this.chosen.mark.kind !== "group";
    const name = `of-${one.id}`;
    return h("section", { class: "card behaviour", key: `panel ${one.id}`, "aria-labelledby": name },
      h("div", { class: "row" }, h("h3", { id: name }, one.title), this.summary(one)),
      !one.mean.n ? this.parts(one, false) : this.parts(one, true),
      chosen && this.lists.calls(this.chosen));
  }

  summary({ mean, unproven }) {
    const { say } = this;
    if (!mean.n) return h("span", { class: "quiet" }, say("board.no_levels"));
    const figures = this.figures(mean);
    const spread = mean.spread === null ? say("board.figures_one", figures) : say("board.figures", { ...figures, spread: this.number(mean.spread) });
    return [
      h("strong", {}, say(mean.interval ? "board.mean_interval" : "board.mean", figures)),
      h("span", { class: "quiet" }, mean.lacking ? `${spread}, ${say("board.more_calls", { calls: figures.more })}` : spread),
      unproven > 0 && h("span", { class: "chip", key: "chip" }, say("board.unproven")),
      unproven > 0 && h("span", { class: "quiet small", key: "how" }, say("board.unproven_levels", { some: unproven, total: mean.n })),
    ];
  }

  parts(one, levels) {
    const { say, seen } = this;
    const undated = one.points.length ? null : h("p", { class: "quiet" }, say("board.no_days"));
    return h("div", { class: "parts" },
      h("div", { class: "part", key: "trend" }, h("h4", {}, say("board.over_time")), levels && (undated ?? this.charts.trend(one, seen.by, this.room()))),
      h("div", { class: "part", key: "spread" }, h("h4", {}, say("board.spread")), this.charts.bars(one)),
      h("div", { class: "part", key: "worst" }, h("h4", {}, say("board.worst")), levels && this.lists.worst(one)));
  }

  // The width that a trend has, in CSS pixels; as board.css lays the parts out.
  room() {
    const inside = (this.width || 900) - 32 - 34;
    if (inside >= 894) return inside - 560 - 48;
    return inside >= 654 ? inside - 240 - 24 : inside;
  }
}

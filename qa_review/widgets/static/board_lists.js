// The tables of a board: groups with handling time beside behaviour, and the calls behind a mark.
class BoardLists {
  static PAGE = 50;

  constructor(board) {
    this.board = board;
    this.say = board.say;
    this.limit = BoardLists.PAGE;
  }

  groups(seen, shown) {
    const { say } = this;
    const head = [
      h("th", { scope: "col", key: "of" }, say(`board.of_${this.board.look.of}`)),
      h("th", { scope: "col", key: "calls", class: "number" }, say("board.group_calls")),
      h("th", { scope: "col", key: "handling" }, say("board.handling"), this.ends("0:00", this.board.clock(seen.slowest_ms), 130)),
      shown.map((one) => h("th", { scope: "col", key: `of ${one.id}` }, one.title, this.ends("1", "5", 84))),
    ];
    return h(
      "div", { class: "scroll tall" },
      h("table", { class: "groups", ...this.board.roving("groups") }, h("thead", {}, h("tr", {}, head)), h("tbody", {}, seen.groups.map((group) => this.group(group, seen, shown)))),
    );
  }

  ends(low, high, width) {
    return h("span", { class: "ends", style: `inline-size: ${width}px`, "aria-hidden": "true" }, h("span", {}, low), h("span", {}, high));
  }

  group(group, seen, shown) {
    return h(
      "tr", { key: `group ${group.name}` }, h("th", { scope: "row" }, group.name),
      h("td", { class: "number" }, String(group.calls)),
      h("td", {}, this.handling(group, seen.slowest_ms)),
      shown.map((one) => h("td", { key: one.id }, this.behaviour(group, one))),
    );
  }

  handling(group, slowest) {
    const { median_ms: median, quartiles_ms: ends, n } = group.handling;
    const mark = { kind: "group", of: group.of, name: group.name, behaviour: "" };
    if (median === null) return this.cell(mark, "handling", this.say("board.mark_calls", { group: group.name, calls: this.board.calls(group.calls) }), [h("span", { class: "quiet" }, this.say("board.unknown"))]);
    const gaps = { group: group.name, calls: this.board.calls(n), median: this.board.clock(median) };
    if (ends) Object.assign(gaps, { low: this.board.clock(ends[0]), high: this.board.clock(ends[1]) });
    const words = this.say(ends ? "board.mark_handling" : "board.mark_handling_few", gaps);
    return this.cell(mark, "handling", words, [this.board.charts.line(median, ends, 0, slowest, 130, !ends), h("span", { class: "figure" }, gaps.median)]);
  }

  behaviour(group, one) {
    const mean = group.means[one.id];
    if (!mean?.n) return h("span", { class: "quiet" }, this.say("board.nothing"));
    const gaps = { group: group.name, behaviour: one.title, ...this.board.figures(mean) };
    const words = this.say(mean.interval ? "board.mark_group" : "board.mark_group_few", gaps);
    const mark = { kind: "group", of: group.of, name: group.name, behaviour: one.id };
    return this.cell(mark, one.id, words, [this.board.charts.line(mean.value, mean.interval, 1, 5, 84, !mean.interval), h("span", { class: "figure" }, gaps.mean)]);
  }

  cell(mark, column, words, inside) {
    return h("button", { type: "button", "data-column": column, ...this.board.mark("groups", mark, words, "cell") }, inside);
  }

  // The calls behind the chosen mark.
  calls(chosen) {
    const { say } = this;
    const levels = chosen.mark.behaviour !== "";
    const left = chosen.calls.length - this.limit;
    const columns = ["call", "agent", ...(levels ? ["level", "given_by"] : []), "handling", "day"];
    return h(
      "section", { class: "behind", key: "behind", "aria-labelledby": "behind", onkeydown: (event) => { if (event.key === "Escape") this.board.unchoose(); } },
      h("div", { class: "row" }, h("h4", { id: "behind", tabindex: "-1" }, `${chosen.title}: ${this.board.calls(chosen.calls.length)}`),
        h("button", { type: "button", class: "bare", onclick: () => this.board.unchoose() }, say("board.close_list"))),
      h("div", { class: "scroll tall" }, h("table", { class: "call-list" },
        h("thead", {}, h("tr", {}, columns.map((name) => h("th", { scope: "col", key: name, class: this.numeric(name) }, say(`board.${name}`))))),
        h("tbody", {}, chosen.calls.slice(0, this.limit).map((call) => h("tr", { key: call.call }, columns.map((name) => this.about(call, name)))))),
      left > 0 && h("button", { type: "button", onclick: () => { this.limit += BoardLists.PAGE; this.board.draw(); } }, say("board.more", { n: Math.min(left, BoardLists.PAGE) }))),
    );
  }

  numeric(name) {
    return name === "level" || name === "handling" ? "number" : null;
  }

  about(call, name) {
    if (name === "call") return h("th", { scope: "row", key: name }, this.opener(call, call.call));
    const values = {
      agent: call.agent ?? this.say("board.unknown"),
      level: this.level(call),
      given_by: this.by(call),
      handling: call.handle_ms === null ? this.say("board.unknown") : this.board.clock(call.handle_ms),
      day: call.day === null ? this.say("board.unknown") : this.board.date(call.day),
    };
    return h("td", { key: name, class: this.numeric(name) }, values[name]);
  }

  opener(call, text, label) {
    const opened = this.board.desk?.call === call.call;
    return h("button", { type: "button", class: "bare open", "aria-label": label ?? this.say("board.open_call", { call: call.call }), "aria-current": opened ? "true" : null, onclick: (event) => this.board.open(call.call, event.currentTarget) }, text);
  }

  level(call) {
    if (call.hidden) return this.say("board.hidden");
    return call.level === null ? this.say(`board.${call.absent.replace(" ", "_")}`) : String(call.level);
  }

  by(call) {
    if (call.hidden) return this.say("board.hidden");
    if (call.who === "scorer") return this.say("board.by_scorer");
    return { "master score": this.say("board.by_master"), ruling: this.say("board.by_ruling") }[call.by] ?? call.by;
  }

  // The lowest tenth, in brief.
  worst(one) {
    const { say } = this;
    const { decile } = one;
    if (decile.mean === null) return h("p", { class: "quiet" }, say("board.worst_few", { calls: this.board.calls(decile.lacking) }));
    const gaps = { count: decile.count, n: this.board.calls(decile.n), level: decile.up_to, calls: this.board.calls(decile.calls), behaviour: one.title };
    const label = say("board.mark_decile", gaps);
    return [
      h("p", {}, h("strong", {}, say("board.worst_mean", { mean: this.board.number(decile.mean) })), " ", h("span", { class: "quiet" }, say(decile.up_to === 1 ? "board.worst_how_lowest" : "board.worst_how", gaps))),
      h("ol", { class: "worst" }, decile.worst.map((call) => h("li", { key: call.call },
        h("strong", { class: "worst-level" }, String(call.level)),
        this.opener(call, call.call, say("board.worst_open", { call: call.call, level: call.level })),
        h("span", { class: "quiet" }, [call.agent, call.day && this.board.date(call.day)].filter(Boolean).join(", ")),
      ))),
      h("button", { type: "button", ...this.board.mark(`worst ${one.id}`, { kind: "decile", behaviour: one.id }, label, "bare all") }, say("board.worst_all", gaps)),
    ];
  }
}

// How well the raters agree, each rater beside the others, who moved, and what was decided.
class RoomFigures {
  constructor(room) {
    Object.assign(this, { room, found: null, trouble: "", asking: false, open: true, all: false });
  }

  // Figures take the kernel a moment, so they are asked for when they are looked at.
  async find(look) {
    const votes = look.open.votes;
    if (this.asking || !this.open || (this.found?.votes === votes && this.found.session === look.id)) return;
    this.asking = true;
    try {
      const { content } = await this.room.ask("figures", { session: look.id });
      this.found = { ...content, session: look.id };
      this.trouble = "";
    } catch (error) {
      this.trouble = error.message;
    }
    this.asking = false;
    this.room.draw();
  }

  vnodes(look) {
    return [this.agreement(look), this.moves(look), this.decisions(look), this.calls(look)];
  }

  agreement(look) {
    const { say } = this.room.words;
    const found = this.found?.session === look.id ? this.found : null;
    const toggled = (event) => {
      this.open = event.target.open;
      this.find(look);
    };
    return h("details", { key: "agreement", class: "part", open: this.open, ontoggle: toggled }, h("summary", null, h("h3", null, say("agreement"))),
      this.trouble ? h("p", { class: "problem", role: "alert" }, this.trouble) : null,
      found ? [found.groups.map((group) => this.table(look, found, group)), h("p", { class: "more", key: "reading" }, say("reading")), this.severities(found), this.everything(look, found)]
        : h("p", { class: "quiet", key: "wait", role: "status" }, say("wait")));
  }

  of(look, found, of) {
    const { say } = this.room.words;
    if (of === found.pooled) return say("pooled");
    return of === found.total ? say("total") : this.room.title(look, of);
  }

  // The usual figures in words; the others go by the names that the field has for them.
  name(name) {
    const words = { exact: "figure_exact", "within one": "figure_within_one", "kappa quadratic": "figure_kappa", "ac2 quadratic": "figure_ac2", "alpha ordinal": "figure_alpha", "icc(2,1)": "figure_icc" };
    return words[name] ? this.room.words.say(words[name]) : name;
  }

  table(look, found, group) {
    const { say } = this.room.words;
    const known = new Map(group.figures.map((one) => [`${one.of}|${one.name}|${one.when}`, one]));
    const rows = found.of.filter((of) => of !== found.total).flatMap((of) => ["blind", "discussed"].map((when) => ({ of, when })))
      .filter(({ of, when }) => when === "blind" || look.open.cases.some((one) => (of === found.pooled || one.behaviour === of) && one.votes.length));
    return h("div", { class: "panel wide", key: group.among, tabindex: "0", role: "group", "aria-label": say(`among_${group.among}`) },
      h("table", { class: "figures" }, h("caption", null, say(`among_${group.among}`), group.figures.some((one) => one.lacking) ? h("span", { class: "more" }, ` ${say("too_few_here")}`) : null),
        h("thead", null, h("tr", null, h("th", { scope: "col" }, say("behaviour")), found.shown.map((name) => h("th", { scope: "col", key: name }, this.name(name))))),
        h("tbody", null, rows.map(({ of, when }) => h("tr", { key: `${of} ${when}`, class: when }, h("th", { scope: "row" }, this.of(look, found, of), h("span", { class: "more" }, ` ${say(`when_${when}`)}`)),
          found.shown.map((name) => h("td", { key: name }, this.measure(known.get(`${of}|${name}|${when}`)))))))));
  }

  // A figure with its interval and what it rests on, or why there is none.
  measure(one, signed = false) {
    const { words } = this.room;
    if (!one) return h("span", { class: "more" }, words.say("not_measured"));
    const n = words.say(one.calls === one.n ? "n" : "n_calls", { n: words.plain.format(one.n), calls: words.count("calls", one.calls) });
    if (one.value === null) return [h("i", null, words.say("undefined", { why: one.why })), h("span", { class: "more" }, n)];
    const number = (value) => (signed ? words.signed : one.share ? words.shares : words.decimals).format(value);
    const ends = one.low === null ? (one.lacking ? "" : words.say("no_interval")) : `[${number(one.low)}, ${number(one.high)}]`;
    return [h("span", { class: "nowrap" }, h(one.lacking ? "span" : "b", null, number(one.value)), ends ? ` ${ends}` : ""), h("span", { class: "more" }, n),
      one.lacking ? h("span", { class: "more" }, words.count("needs", one.lacking)) : null];
  }

  severities(found) {
    const { words } = this.room;
    const { say } = words;
    return ["others", "master"].map((against) => [against, found.severities.filter((one) => one.against === against)]).filter(([, rows]) => rows.length).map(([against, rows]) =>
      h("div", { class: "panel wide", key: against, tabindex: "0", role: "group", "aria-label": say(`against_${against}`) }, h("table", null, h("caption", null, say(`against_${against}`), h("span", { class: "more" }, ` ${say("no_grade")}`)),
        h("thead", null, h("tr", null, h("th", { scope: "col" }, say("rater")), h("th", { scope: "col" }, say("mean")), h("th", { scope: "col" }, say("spread")), h("th", { scope: "col" }, say("na_given")))),
        h("tbody", null, rows.map((one) => h("tr", { key: one.rater }, h("th", { scope: "row" }, words.person(one.rater, one.scorer)), h("td", null, this.measure(one.mean, true)),
          h("td", null, one.spread === null ? say("too_few") : words.decimals.format(one.spread)), h("td", null, one.absent === null ? "\u2013" : words.shares.format(one.absent))))))));
  }

  everything(look, found) {
    const { words } = this.room;
    const { say } = words;
    const rows = () => found.groups.flatMap((group) => group.figures.map((one) => h("tr", { key: `${group.among} ${one.of} ${one.name} ${one.when}` },
      h("th", { scope: "row" }, this.of(look, found, one.of)), h("td", null, this.name(one.name)), h("td", null, say(`when_${one.when}`)), h("td", null, say(`short_${group.among}`)), h("td", null, this.measure(one)))));
    const toggled = (event) => {
      this.all = event.target.open;
      this.room.draw();
    };
    return h("details", { key: "all", open: this.all, ontoggle: toggled }, h("summary", null, say("all_figures")),
      this.all ? h("div", { class: "panel wide tall", tabindex: "0", role: "group", "aria-label": say("all_figures") }, h("table", null, h("thead", null, h("tr", null, ["behaviour", "figure", "votes", "among", "value"].map((key) => h("th", { scope: "col", key }, say(key))))), h("tbody", null, rows()))) : null);
  }

  // ---- moves and decisions ----
  part(key, ...children) {
    return h("section", { key, class: "part", "aria-labelledby": key }, h("h3", { id: key }, this.room.words.say(key)), ...children);
  }

  moves(look) {
    const { words } = this.room;
    const moved = look.open.cases.flatMap((one) => one.votes.filter((vote) => vote.moved).map((vote) => [one, vote]));
    if (!moved.length) return this.part("moves", h("p", { class: "quiet" }, words.say(look.open.votes ? "nobody_moved" : "no_votes")));
    return this.part("moves", h("ul", { class: "panel lines" }, moved.map(([one, vote]) => h("li", { key: `${one.id} ${vote.rater}` }, h("b", null, h("bdi", null, vote.rater)), ", ",
      this.link(look, one), ": ", this.room.differ.after.moved(one, vote)))));
  }

  link(look, one) {
    const go = () => {
      this.room.differ.choose(one.id);
      this.room.goTo("#case");
    };
    return h("button", { type: "button", class: "bare", onclick: go }, `${this.room.title(look, one.behaviour)} ${this.room.words.say("on")} ${one.call}`);
  }

  decisions(look) {
    const { words } = this.room;
    const rows = look.open.cases.flatMap((one) => [
      ...(one.master ? [h("li", { key: `m ${one.id}` }, this.link(look, one), ": ", h("b", null, words.level(one.master.level)), ". ", h("bdi", null, one.master.reason))] : []),
      ...one.outcomes.map((each, at) => h("li", { key: `o ${one.id} ${at}` }, this.link(look, one), ": ", this.room.followed(look, each))),
    ]);
    rows.push(...look.open.other_outcomes.map((each, at) => h("li", { key: `x ${at}` }, this.room.followed(look, each))));
    return this.part("decisions", rows.length ? h("ul", { class: "panel lines" }, rows) : h("p", { class: "quiet" }, words.say("nothing_decided")));
  }

  // ---- said of calls as a whole ----
  calls(look) {
    const { words, forms } = this.room;
    const call = forms.get("whole.call", look.calls[0].id);
    const deed = () => this.room.differ.after.deed("remark", "whole", { call, behaviour: "", text: forms.get("whole.text") });
    const notes = look.open.notes.map((note, at) => h("li", { key: `n${at}` }, h("bdi", null, note.call), `, ${words.say("turn", { n: note.turn + 1 })}, `, h("b", null, h("bdi", null, note.by)), ": ", h("bdi", null, note.text)));
    return this.part("of_calls", h("div", { class: "panel" },
      h("ul", { class: "lines" }, look.open.said.map((one, at) => h("li", { key: `s${at}` }, h("bdi", null, one.call), ", ", h("b", null, h("bdi", null, one.by)), ": ", h("bdi", null, one.text))), notes),
      forms.form("whole", deed, { class: "line" }, h("div", { class: "row" },
        h("label", null, words.say("call"), " ", h("select", { id: "whole.call", value: call, onchange: (event) => forms.set("whole.call", event.target.value) }, look.calls.map((one) => h("option", { key: one.id, value: one.id }, one.id)))),
        h("input", { type: "text", "aria-label": words.say("remark_call"), ...forms.text("whole.text") }), forms.button("whole", words.say("add"))))));
  }
}

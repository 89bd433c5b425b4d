// Where raters differ, widest first: a list to walk along, and the one that is talked about with
// everybody's level, reason and quotes. A quote plays from where that rater heard it.
class RoomDiffer {
  static ROW = 26;

  constructor(room) {
    Object.assign(this, { room, current: "", talks: new Map(), shown: new Set(), heard: "" });
    this.after = new RoomAfter(room);
  }

  vnodes(look) {
    const { say } = this.room.words;
    const { cases } = look.open;
    const apart = cases.filter((one) => one.width);
    const alike = cases.filter((one) => !one.width);
    if (!cases.some((one) => one.id === this.current)) this.current = cases[0]?.id ?? "";
    const one = cases.find((each) => each.id === this.current);
    return h("section", { key: "differ", "aria-labelledby": "differ" }, h("h3", { id: "differ" }, say("differ")),
      h("p", { class: "lede" }, this.summary(look, apart, alike)),
      one ? h("div", { class: "differ" },
        h("nav", { "aria-labelledby": "differ", onkeydown: (event) => this.walk(event, [...apart, ...alike]) },
          h("ol", { key: "apart" }, apart.map((each) => this.entry(each, look))),
          alike.length ? h("details", { key: "alike", open: alike.includes(one) || this.unfolded, ontoggle: (event) => (this.unfolded = event.target.open) },
            h("summary", null, say("alike", { n: alike.length })), h("ol", null, alike.map((each) => this.entry(each, look)))) : null),
        this.card(one, look)) : null);
  }

  summary(look, apart, alike) {
    const { words } = this.room;
    if (!look.open.cases.length) return words.say("nothing_compared");
    const wide = apart.filter((one) => one.width > 1).length;
    const agreed = apart.filter((one) => one.master).length;
    const parts = [words.count("compared", look.open.cases.length), words.say("agree_differ", { alike: alike.length, apart: apart.length })];
    if (wide) parts.push(words.count("wide", wide));
    if (apart.length) parts.push(words.say("decided_of", { n: agreed, of: apart.length }));
    if (look.open.alone) parts.push(words.count("alone", look.open.alone));
    return parts.join(" ");
  }

  entry(one, look) {
    const { words } = this.room;
    const now = one.id === this.current;
    return h("li", { key: one.id }, h("button", { type: "button", class: "entry", "data-case": one.id, "aria-current": now ? "true" : null, tabindex: now ? null : "-1", onclick: () => this.choose(one.id) },
      h("span", { class: "what" }, this.room.title(look, one.behaviour)), h("span", { class: "of" }, h("bdi", null, one.call)),
      h("span", { class: one.width > 1 ? "apart wide" : "apart" }, this.apart(one)),
      one.master ? h("span", { class: "settled" }, words.sign("\u25c6", "", words.say("master_is", { level: words.level(one.master.level) }))) : null));
  }

  // One stop for Tab; arrows walk.
  walk(event, all) {
    const at = all.findIndex((one) => one.id === this.current);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined || !event.target.dataset.case) return;
    event.preventDefault();
    if (all[to]) this.choose(all[to].id, true);
  }

  choose(id, follow = false) {
    this.current = id;
    if (!id.startsWith(`${this.heard}/`)) this.player?.pause();
    this.unfolded = undefined;
    this.room.draw();
    if (follow) this.room.goTo(`[data-case="${CSS.escape(id)}"]`);
  }

  apart(one) {
    const { words } = this.room;
    const said = one.far ? [words.count("apart", one.far)] : [];
    if (one.without) said.push(words.say("gave_none", { n: one.without, of: one.positions.length }));
    return said.join(", ") || words.say("all_gave", { level: this.word(one.positions[0]) });
  }

  word(position) {
    return this.room.words.level(position.level, position.open);
  }

  card(one, look) {
    const { words } = this.room;
    return h("article", { key: "card", class: "panel", "aria-labelledby": "case" },
      h("h4", { id: "case", tabindex: "-1" }, this.room.title(look, one.behaviour), h("span", { class: "of" }, ` ${words.say("on")} `, h("bdi", null, one.call))),
      h("p", { class: one.width > 1 ? "apart wide" : "apart" }, this.apart(one)),
      this.levels(one, look),
      h("div", { class: "positions", key: "positions" }, one.positions.map((each) => this.position(one, each))),
      h("div", { key: "sound", class: "sound", own: true, "data-part": "sound", hidden: this.heard !== one.call }),
      this.anchors(one, look),
      this.after.vnodes(one, look),
      this.next(look));
  }

  next(look) {
    const all = look.open.cases.filter((one) => one.width);
    const to = all[all.findIndex((one) => one.id === this.current) + 1];
    if (!to) return null;
    return h("div", { class: "row end next", key: "next" }, h("button", { type: "button", onclick: () => { this.choose(to.id); this.room.goTo("#case"); } },
      this.room.words.say("next"), h("span", { class: "ahead", "aria-hidden": "true" }, " \u2192")));
  }

  // ---- levels ----
  levels(one, look) {
    const { words } = this.room;
    const { say } = words;
    const votes = new Map(one.votes.map((vote) => [vote.rater, vote]));
    const band = one.master ? this.along(look, one.master.level) : null;
    const rows = one.positions.map((each) => {
      const vote = votes.get(each.rater);
      const then = vote && (vote.moved ? ` \u2192 ${words.level(vote.level)}` : ` ${say("kept")}`);
      return h("tr", { key: each.rater }, h("th", { scope: "row" }, words.person(each.rater, each.scorer)), h("td", { class: "dots" }, this.dots(look, each, vote, band)),
        h("td", null, h("b", null, this.word(each)), then));
    });
    if (one.master) rows.push(this.agreed(look, one.master, band));
    return h("table", { class: "scale", key: "levels" }, h("caption", null, say(votes.size ? "levels_after" : "levels_blind")),
      h("thead", null, h("tr", null, h("th", { scope: "col" }, say("rater")),
        h("th", { scope: "col" }, h("span", { class: "heard-only" }, say("drawn")), this.names()), h("th", { scope: "col" }, say("level")))),
      h("tbody", null, rows));
  }

  agreed(look, master, band) {
    const { words } = this.room;
    const y = RoomDiffer.ROW / 2;
    const diamond = h("path", { class: "agreed", d: `M${band - 7},${y} L${band},${y - 7} L${band + 7},${y} L${band},${y + 7} Z` });
    return h("tr", { key: "\u25c6", class: "master" }, h("th", { scope: "row" }, words.say("master")), h("td", { class: "dots" }, this.drawn(look, band, diamond)),
      h("td", null, h("b", null, words.level(master.level))));
  }

  along(look, level) {
    return look.open.scale[level === null ? 5 : level - 1];
  }

  width(look) {
    return look.open.scale[5] + 2 * look.open.scale[0];
  }

  names() {
    const { words } = this.room;
    return h("p", { class: "names", "aria-hidden": "true" }, [1, 2, 3, 4, 5, null].map((level) => h("span", null, words.level(level))));
  }

  // A rater's level; where they voted another one, the old as a ring with an arrow to the new.
  dots(look, position, vote, band) {
    const y = RoomDiffer.ROW / 2;
    const at = this.along(look, position.level);
    const then = vote ? this.along(look, vote.level) : at;
    const dot = position.scorer ? h("rect", { class: "dot", x: then - 6, y: y - 6, width: 12, height: 12, rx: 1 }) : h("circle", { class: "dot", cx: then, cy: y, r: 6.5 });
    if (then === at) return this.drawn(look, band, dot);
    const way = then > at ? 1 : -1;
    return this.drawn(look, band, h("line", { class: "way", x1: at + 7 * way, x2: then - 14 * way, y1: y, y2: y }),
      h("path", { class: "tip", d: `M${then - 8 * way},${y} L${then - 14 * way},${y - 4} V${y + 4} Z` }), h("circle", { class: "ring", cx: at, cy: y, r: 6 }), dot);
  }

  drawn(look, band, ...marks) {
    const y = RoomDiffer.ROW / 2;
    const { scale } = look.open;
    return h("svg", { "aria-hidden": "true", width: this.width(look), height: RoomDiffer.ROW, viewBox: `0 0 ${this.width(look)} ${RoomDiffer.ROW}` },
      band === null ? null : h("rect", { key: "band", class: "band", x: band - 11, y: 0, width: 22, height: RoomDiffer.ROW }),
      h("line", { key: "axis", class: "axis", x1: scale[0], x2: scale[4], y1: y, y2: y }),
      scale.map((x) => h("line", { key: `tick ${x}`, class: "axis", x1: x, x2: x, y1: y - 3, y2: y + 3 })), ...marks);
  }

  // ---- what each rater says ----
  position(one, position) {
    const { words } = this.room;
    const { say } = words;
    return h("div", { key: position.rater, class: "position" }, h("h5", null, words.person(position.rater, position.scorer), ": ", this.word(position)),
      position.level === null ? h("p", null, h("b", null, say(position.open ? "why_open" : "why_na")), " ", h("bdi", null, position.why_none)) : null,
      position.reason ? h("p", null, h("bdi", null, position.reason)) : null,
      position.reason || position.why_none ? null : h("p", { class: "quiet" }, say("no_reason")),
      position.quotes.length ? h("ul", { class: "quoted" }, position.quotes.map((quote, at) => this.quote(one, position, quote, at))) : h("p", { class: "quiet" }, say("no_quotes")));
  }

  quote(one, position, quote, at) {
    const { words } = this.room;
    const { say } = words;
    const key = `${one.id}/${position.rater}/${at}`;
    const open = this.shown.has(key);
    const [sign, kind] = quote.stance === "for" ? ["\u2713", "good"] : ["\u2715", "bad"];
    const where = quote.from === null ? say("turn", { n: quote.turn + 1 }) : say("turn_at", { n: quote.turn + 1, at: Course.clock(quote.from) });
    return h("li", { key }, h("span", { class: kind }, words.sign(sign, kind, say(quote.stance))), " ", h("q", null, h("bdi", null, quote.text)), " ",
      h("span", { class: "at" }, where, " ",
        quote.from === null ? null : h("button", { type: "button", class: "bare", "aria-label": say("play_quote", { text: quote.text }), onclick: () => this.play(one, quote) }, `\u25b6 ${say("play")}`),
        h("button", { type: "button", class: "bare", "aria-expanded": String(open), onclick: () => this.around(one.call, key) }, say(open ? "less" : "context"))),
      open ? this.context(one.call, quote) : null);
  }

  context(call, quote) {
    const { say } = this.room.words;
    const turns = this.talks.get(call)?.turns ?? [];
    return h("ol", { class: "context", key: "context" }, turns.map((turn, n) => ({ ...turn, n })).slice(Math.max(0, quote.turn - 2), quote.turn + 3).map((turn) =>
      h("li", { key: turn.n, class: turn.n === quote.turn ? "quoted-turn" : null }, h("span", { class: `who ${turn.speaker}` }, say(`speaker_${turn.speaker}`)), " ", h("bdi", null, turn.text))));
  }

  async talk(call) {
    if (!this.talks.has(call)) {
      const { content } = await this.room.ask("talk", { session: this.room.look.id, call });
      this.talks.set(call, content);
    }
    return this.talks.get(call);
  }

  async around(call, key) {
    try {
      await this.talk(call);
      if (!this.shown.delete(key)) this.shown.add(key);
      this.room.draw();
    } catch (error) {
      this.room.tell(error.message);
    }
  }

  async play(one, quote) {
    const { room } = this;
    try {
      const talk = await this.talk(one.call);
      this.heard = one.call;
      room.draw();
      const place = room.root.querySelector('[data-part="sound"]');
      if (this.place !== place) {
        this.player?.close();
        this.player = new Player(place, new Extension(room.line, `sound.${room.look.id}`), room.sayAll);
        this.place = place;
      }
      if (this.player.call !== one.call) this.player.open(one.call, { ...talk, finds: [] });
      this.player.play(quote.from, quote.to);
    } catch (error) {
      room.tell(error.message);
    }
  }

  anchors(one, look) {
    const { say } = this.room.words;
    const behaviour = this.room.behaviour(look, one.behaviour);
    return h("details", { class: "anchors", key: "anchors" }, h("summary", null, say("anchors", { version: look.rubric.version })),
      h("dl", null, behaviour.anchors.map((text, at) => h("div", { key: at }, h("dt", null, String(at + 1)), h("dd", null, text)))));
  }

  close() {
    this.player?.close();
  }
}

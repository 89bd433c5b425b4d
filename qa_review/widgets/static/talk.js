// The transcript: follows the sound, plays a turn, and lets words be picked as a quote, by mouse or
// by keys. One turn is the stop for Tab; the arrows go from turn to turn.
class Talk {
  constructor(root, say, on) {
    Object.assign(this, { root, say, on }); // on: play(ms), quote(behaviour, picked), note(turn, text), behaviours()
    this.turns = [];
    this.current = 0;
    this.spoken = null;
    this.picked = null; // {turn, first, last}: words, counted from 0
    this.noting = null; // the turn whose note is being written
    this.drag = null;
  }

  open(turns) {
    this.turns = turns.map((turn, number) => ({ ...turn, number, words: Talk.words(turn.text) }));
    Object.assign(this, { current: 0, spoken: null, picked: null, noting: null });
  }

  // Each word with the place of its first and last character.
  // Characters are counted as Python counts them: a smiley is one, not two.
  static words(text) {
    const plain = !/[\ud800-\udfff]/.test(text);
    const place = (at) => (plain ? at : [...text.slice(0, at)].length);
    return [...text.matchAll(/\S+/g)].map((match) => ({ text: match[0], start: place(match.index), end: place(match.index + match[0].length) }));
  }

  // ---- moving ----
  step(way) {
    this.choose(Math.max(0, Math.min(this.turns.length - 1, this.current + way)));
    this.focus();
  }

  choose(number) {
    this.current = number;
    if (this.picked && this.picked.turn !== number) this.picked = null;
    this.on.change();
  }

  focus() {
    this.root.querySelector(`[data-turn="${this.current}"] .at`)?.focus({ preventScroll: true });
    this.bring(this.current);
  }

  // The turn at this time of the sound is marked, and brought into sight.
  follow(turn) {
    const number = turn ? turn.number : null;
    if (number === this.spoken) return;
    this.spoken = number;
    for (const element of this.root.querySelectorAll(".turn")) {
      const now = Number(element.dataset.turn) === number;
      element.classList.toggle("now", now);
      if (now) element.setAttribute("aria-current", "true");
      else element.removeAttribute("aria-current");
    }
    if (number !== null && !this.picked && this.noting === null) this.bring(number);
  }

  bring(number) {
    const scroller = this.root.querySelector(".scroller");
    const element = this.root.querySelector(`[data-turn="${number}"]`);
    if (!scroller || !element || scroller.scrollHeight <= scroller.clientHeight) return;
    const top = element.offsetTop - (scroller.clientHeight - element.offsetHeight) / 3;
    if (element.offsetTop < scroller.scrollTop || element.offsetTop + element.offsetHeight > scroller.scrollTop + scroller.clientHeight) {
      scroller.scrollTo({ top });
    }
  }

  // ---- picking words ----
  pick(turn, first, last) {
    this.picked = { turn, first: Math.min(first, last), last: Math.max(first, last), from: first, to: last };
    this.current = turn;
    this.on.change();
  }

  // By keys: the first press takes the turn's first word, each other one word more, or less.
  extend(way) {
    const { words } = this.turns[this.current] ?? {};
    if (!words?.length) return;
    if (!this.picked) return this.pick(this.current, way > 0 ? 0 : words.length - 1, way > 0 ? 0 : words.length - 1);
    const { turn, from, to } = this.picked;
    this.pick(turn, from, Math.max(0, Math.min(words.length - 1, to + way)));
  }

  // What would be attached: the picked words, or all of the current turn.
  chosen() {
    const turn = this.turns[this.picked?.turn ?? this.current];
    if (!turn?.words.length) return null;
    const { first, last } = this.picked ?? { first: 0, last: turn.words.length - 1 };
    return { turn: turn.number, start: turn.words[first].start, end: turn.words[last].end };
  }

  offer() {
    const all = this.chosen();
    if (!all) return;
    if (!this.picked) this.pick(all.turn, 0, this.turns[all.turn].words.length - 1);
    this.root.querySelector(".attach button")?.focus();
  }

  attach(stance) {
    const quote = this.chosen();
    if (quote) this.on.quote({ stance, ...quote });
    this.leave();
  }

  leave() {
    this.picked = null;
    this.on.change();
    this.focus();
  }

  static wordAt(event) {
    const word = event.composedPath().find((node) => node.dataset?.word !== undefined);
    return word && { turn: Number(word.closest(".turn").dataset.turn), word: Number(word.dataset.word) };
  }

  press(event) {
    const at = event.button === 0 && Talk.wordAt(event);
    this.drag = at ? { ...at, moved: false } : null;
  }

  move(event) {
    if (!this.drag || !(event.buttons & 1)) return;
    const at = Talk.wordAt(event);
    if (!at || at.turn !== this.drag.turn || (at.word === this.drag.word && !this.drag.moved)) return;
    this.drag.moved = true;
    getSelection()?.removeAllRanges();
    this.pick(at.turn, this.drag.word, at.word);
  }

  // A click plays the turn; a drag has picked words.
  release(event) {
    const { drag } = this;
    this.drag = null;
    if (!drag || drag.moved) return;
    const at = Talk.wordAt(event);
    if (!at) return;
    this.choose(at.turn);
    this.on.play(this.turns[at.turn]);
  }

  // ---- notes ----
  note(number = this.current) {
    this.noting = number;
    this.current = number;
    this.on.change();
    this.root.querySelector(`[data-turn="${number}"] textarea`)?.focus();
  }

  // The picked words, for who can't see them marked.
  told() {
    if (!this.picked) return "";
    const { turn, first, last } = this.picked;
    return this.say("desk.picked", { words: this.turns[turn].words.slice(first, last + 1).map((word) => word.text).join(" ") });
  }

  // ---- what is seen ----
  vnodes(finds, notes, open) {
    const { say } = this;
    return h("section", { class: "talk", "aria-label": say("desk.transcript"), key: "talk" },
      h("div", { class: "talk-head" }, h("h3", null, say("desk.transcript")),
        h("p", { class: "quiet" }, say(open ? "desk.how_to_quote" : "desk.how_to_hear"))),
      h("p", { class: "heard-only", role: "status" }, this.told()),
      h("ol", { class: "scroller", onpointerdown: (event) => this.press(event), onpointermove: (event) => this.move(event),
        onpointerup: (event) => this.release(event) },
        this.turns.map((turn) => this.turn(turn, finds.filter((find) => find.turn === turn.number), notes[turn.number], open))));
  }

  turn(turn, finds, note, open) {
    const { say } = this;
    const picked = this.picked?.turn === turn.number ? this.picked : null;
    const noting = this.noting === turn.number;
    const place = turn.number === this.current;
    return h("li", { key: `turn${turn.number}`, class: `turn ${turn.speaker}${turn.number === this.spoken ? " now" : ""}`, "data-turn": turn.number },
      h("div", { class: "who" },
        h("span", { class: "name" }, say(`desk.${turn.speaker}`)),
        h("button", { type: "button", class: "bare at", tabindex: place ? 0 : -1, onclick: () => { this.choose(turn.number); this.on.play(turn); },
          onfocus: () => { if (!place) this.choose(turn.number); }, "aria-label": say("desk.hear_turn", { n: turn.number + 1, at: this.at(turn) }) },
          turn.from === null ? say("desk.turn", { n: turn.number + 1 }) : `\u25b6\ufe0e ${Course.clock(turn.from)}`),
        open && !noting && !note ? h("button", { type: "button", class: "bare note-add", tabindex: place ? 0 : -1, onclick: () => this.note(turn.number) }, say("desk.add_note")) : null),
      h("p", { class: "said" }, turn.words.map((word, at) => this.word(word, at, finds, picked)), Talk.once(finds).map((find) => this.label(find))),
      picked && open ? this.toolbar() : null,
      note !== undefined || noting ? this.notefield(turn, note ?? "", open) : null);
  }

  // One label for a behaviour and stance, however many quotes.
  static once(finds) {
    return [...new Map(finds.map((find) => [`${find.place} ${find.stance} ${find.own}`, find])).values()];
  }

  at(turn) {
    return turn.from === null ? "" : Course.clock(turn.from);
  }

  word(word, at, finds, picked) {
    const here = finds.filter((find) => find.start < word.end && word.start < find.end);
    const own = here.filter((find) => find.own);
    const places = [...new Set((own.length ? own : here).map((find) => find.place))];
    const by = here.length && !own.length ? " scored" : "";
    const tone = places.length > 1 ? "several" : places.length ? `b${places[0] % 8}` : "";
    const against = here.length && here.every((find) => find.stance === "against") ? " against" : "";
    const chosen = picked && picked.first <= at && at <= picked.last ? " picked" : "";
    return h("span", { class: `w ${tone}${by}${against}${chosen}`, "data-word": at }, `${word.text} `);
  }

  label(find) {
    const stance = this.say(find.stance === "for" ? "desk.for" : "desk.against");
    const title = find.own ? find.title : this.say("desk.by_scorer", { title: find.title });
    return h("span", { class: `label b${find.place % 8} ${find.stance}${find.own ? "" : " scored"}` },
      h("span", { "aria-hidden": "true" }, find.stance === "for" ? "\u2713 " : "\u2717 "), h("span", { class: "heard-only" }, `${stance} `), title);
  }

  toolbar() {
    const { say } = this;
    const behaviour = this.on.behaviour();
    return h("div", { class: "attach row", role: "group", "aria-label": say("desk.attach"), onkeydown: (event) => { if (event.key === "Escape") this.leave(); } },
      h("label", null, `${say("desk.attach_to")} `,
        h("select", { value: behaviour, onchange: (event) => this.on.current(event.target.value) },
          this.on.behaviours().map((one) => h("option", { value: one.id }, one.title)))),
      h("button", { type: "button", onclick: () => this.attach("for") }, h("span", { "aria-hidden": "true" }, "\u2713 "), say("desk.for")),
      h("button", { type: "button", onclick: () => this.attach("against") }, h("span", { "aria-hidden": "true" }, "\u2717 "), say("desk.against")),
      h("button", { type: "button", class: "bare", onclick: () => this.leave() }, say("desk.cancel")));
  }

  notefield(turn, text, open) {
    const { say } = this;
    if (!open) return h("p", { class: "note" }, h("b", null, `${say("desk.note")}: `), text);
    return h("label", { class: "note" }, say("desk.note_on", { n: turn.number + 1 }),
      h("textarea", { rows: 2, value: text, oninput: (event) => this.on.write(event.target, { do: "Noted", turn: turn.number }),
        onblur: (event) => { this.on.flush(); if (!event.target.value) { this.noting = null; this.on.change(); } },
        onkeydown: (event) => { if (event.key === "Escape") { event.target.blur(); this.focus(); } } }));
  }
}

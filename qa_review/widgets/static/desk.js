// The desk: a call's sound, its transcript and the form, side by side. What the person does is an
// event for the kernel; what is shown is what the kernel answers, or, until it does, will answer.
class Desk {
  static WRITTEN_MS = 400; // a pause in writing after which it is saved

  constructor(root, line, say) {
    Object.assign(this, { root, line, say });
    this.pending = 0;
    this.unsent = null; // {field, event, timer}: what is being written
    this.problem = ""; // what the kernel refused, in its words
    this.lacking = false; // whether to show what is missing
    this.asking = false; // for the reason of a change
  }

  async start() {
    this.look = (await this.line.ask("look")).content;
    this.talk = new Talk(this.root, this.say, this.forTalk());
    this.form = new Form(this.say, this.forForm());
    this.keys = new Keys(this.say, this.look.keys, this.forKeys());
    this.form.current = this.look.behaviours[0].id;
    this.root.addEventListener("focusin", (event) => this.form.focused(event.target));
    this.root.addEventListener("pointerup", () => setTimeout(() => { this.form.pressing = false; }));
    this.leave = () => this.flush(); // what was written last, when the page is hidden or closed
    document.addEventListener("visibilitychange", this.leave);
    addEventListener("pagehide", this.leave);
    this.root.onkeydown = (event) => this.keys.down(event);
    this.root.classList.add("desk");
    this.root.tabIndex = -1; // a click beside the fields leaves the keys with the desk
    patch(this.root, [h("div", { class: "top", key: "top" }), h("div", { key: "player", own: true }), h("div", { class: "work", key: "work" })]);
    this.player = new Player(this.root.children[1], new Extension(this.line, "sound"), this.say);
    this.player.onplace = (ms) => this.follow(ms);
    if (this.look.first) await this.open(this.look.first);
    else this.render();
  }

  // Nothing can be written into the old form while the new one is on its way.
  async open(call) {
    if (!(await this.flush())) return;
    const again = Boolean(this.call);
    this.root.children[2].inert = true;
    try {
      const { content } = await this.line.ask("open", { call });
      this.call = content;
      this.problem = "";
      this.lacking = false;
      this.asking = false;
      this.talk.open(content.turns);
      this.form.current = this.look.behaviours[0].id;
      this.render();
      const shown = { turns: this.talk.turns, finds: this.regions(), agent: content.agent, duration: content.duration ?? 0 };
      this.player.open(call, shown);
      for (const scrolled of this.root.querySelectorAll(".cards, .scroller")) scrolled.scrollTop = 0;
      const { activeElement } = this.root.getRootNode();
      if (again && (!this.root.contains(activeElement) || activeElement.disabled)) this.root.focus({ preventScroll: true }); // the button that led here is gone
      this.root.dispatchEvent(new CustomEvent("opened", { detail: call }));
    } catch (error) {
      this.problem = error.message;
      this.render();
    }
    this.root.children[2].inert = false;
  }

  // ---- events ----
  event(event) {
    this.guess(event);
    this.render();
    return this.told(() => this.line.ask("event", { call: this.call.call, event }));
  }

  // What an answer or a text will be, shown before the kernel says so: who types on at once, types
  // into the field that belongs to it.
  guess({ do: kind, behaviour, level, field, turn, text }) {
    const mark = this.marks[behaviour];
    if (kind === "Rated") Object.assign(mark, { choice: "level", level, lacks: "" });
    if (kind === "NotApplicable") Object.assign(mark, { choice: "na", lacks: mark.why_na.trim() ? "" : "reason" });
    if (kind === "Cleared") Object.assign(mark, { choice: "", lacks: "answer" });
    if (kind === "Wrote") mark[field] = text;
    if (kind === "Wrote" && mark.choice === "na") mark.lacks = mark.why_na.trim() ? "" : "reason";
    if (kind === "Noted") this.call.form.notes[turn] = text;
  }

  // Asks for something that changes the form, after what is being written; `false` when refused.
  // The answer to the last of several asks is the one that tells everything.
  async told(ask) {
    const { call } = this.call;
    this.pending += 1;
    this.saving();
    let accepted = true;
    try {
      if (!(await this.flush())) throw new Error(this.problem);
      const { content } = await ask();
      if (this.call.call === call && this.pending === 1 && !this.unsent) Object.assign(this.call, content);
      this.problem = "";
    } catch (error) {
      this.problem = error.message;
      this.call.mark = ""; // the guess was wrong: the next news has the form as it is
      accepted = false;
    }
    this.pending -= 1;
    this.render();
    return accepted;
  }

  // Letters are saved when the writing pauses, or the field is left.
  write(field, event) {
    const changed = { ...event, text: field.value };
    if (this.unsent && (this.unsent.field !== field || this.unsent.call !== this.call.call)) this.flush();
    clearTimeout(this.unsent?.timer);
    field.dataset.unsent = "1";
    this.guess(changed);
    this.unsent = { field, event: changed, call: this.call.call, timer: setTimeout(() => this.flush(), Desk.WRITTEN_MS) };
    this.saving();
  }

  // `false` when the kernel refused what was written: then the text stays in its field, to be sent
  // again with the next letter, or when the field is left, or anything else is done.
  async flush() {
    const { unsent } = this;
    if (!unsent) return true;
    this.unsent = null;
    clearTimeout(unsent.timer);
    const accepted = await this.told(() => this.line.ask("event", { call: unsent.call, event: unsent.event }));
    if (!accepted) this.unsent ??= { ...unsent, refused: true };
    else if (this.unsent?.field !== unsent.field) delete unsent.field.dataset.unsent;
    return accepted;
  }

  async handIn() {
    if (!(await this.flush())) return;
    const open = this.look.behaviours.filter((one) => this.marks[one.id].lacks);
    if (open.length) {
      this.lacking = true;
      this.problem = this.say("desk.lacking", { names: open.map((one) => one.title).join(", ") });
      this.current(open[0].id);
      this.focusForm();
      return;
    }
    if (await this.told(() => this.line.ask("hand_in", { call: this.call.call }))) {
      this.lacking = false;
      await this.list(this.find ?? "");
      this.root.querySelector(".state")?.focus();
      this.root.dispatchEvent(new CustomEvent("handed_in", { detail: this.call.call }));
    }
  }

  async reopen(why) {
    if (await this.event({ do: "Reopened", why })) this.asking = false;
    this.render();
    this.focusForm();
  }

  async news() {
    if (!this.call || this.pending || (this.unsent && !this.unsent.refused) || this.asked) return;
    this.asked = true;
    const { call, mark } = this.call;
    try {
      const { content } = await this.line.ask("news", { call, mark });
      if (content && this.call.call === call && !this.pending && (!this.unsent || this.unsent.refused)) {
        Object.assign(this.call, content);
        this.render();
      }
    } catch (error) {
      this.problem = error.message;
      this.render();
    }
    this.asked = false;
  }

  async list(find) {
    this.find = find;
    const { content } = await this.line.ask("calls", { find });
    Object.assign(this.look, content);
    this.render();
  }

  // ---- what the parts may do ----
  get marks() {
    return this.call.form.marks;
  }

  forTalk() {
    return {
      change: () => this.render(),
      play: (turn) => this.hear(turn),
      quote: (quote) => this.event({ do: "Quoted", behaviour: this.form.current, quote }),
      behaviour: () => this.form.current,
      behaviours: () => this.look.behaviours,
      current: (id) => this.current(id),
      write: (field, event) => this.write(field, event),
      flush: () => this.flush(),
    };
  }

  forForm() {
    return {
      event: (event) => {
        this.event(event);
        if (event.do === "NotApplicable") this.card().querySelector(".why")?.scrollIntoView({ block: "nearest" });
      },
      write: (field, event) => this.write(field, event),
      flush: () => this.flush(),
      play: (quote) => this.hearQuote(quote),
      current: (id) => this.current(id),
    };
  }

  forKeys() {
    const { talk } = this;
    const open = (act) => () => { if (this.call && !this.call.form.handed_in) act(); };
    const rate = (level) => open(() => this.event({ do: "Rated", behaviour: this.form.current, level }));
    const acts = {
      play: () => this.player.toggle(), back: () => this.player.seek(this.player.nowMs - 5000), on: () => this.player.seek(this.player.nowMs + 5000),
      slower: () => this.player.faster(-1), faster: () => this.player.faster(1), skip: () => this.player.skip(!this.player.skips),
      turn_next: () => talk.step(1), turn_previous: () => talk.step(-1),
      words_more: open(() => talk.extend(1)), words_less: open(() => talk.extend(-1)), quote: open(() => talk.offer()), note: open(() => talk.note()),
      behaviour_next: () => this.step(1), behaviour_previous: () => this.step(-1),
      not_applicable: open(() => { this.event({ do: "NotApplicable", behaviour: this.form.current }); this.focusIn(".why textarea"); }),
      clear: open(() => this.event({ do: "Cleared", behaviour: this.form.current })),
      comment: open(() => this.focusIn(".comment textarea")),
      undo: open(() => this.event({ do: "Undone" })), redo: open(() => this.event({ do: "Redone" })),
      transcript: () => talk.focus(), hand_in: open(() => this.handIn()), help: () => this.root.querySelector(".shortcuts").showModal(),
      call_next: () => this.go(1), call_previous: () => this.go(-1), leave: () => this.focusForm(),
      change: () => this.render(), choose: (action, key) => this.chooseKey(action, key),
    };
    for (const level of [1, 2, 3, 4, 5]) acts[`level_${level}`] = rate(level);
    return acts;
  }

  async chooseKey(action, key) {
    this.keys.keys = (await this.line.ask("choose_key", { action, key })).content;
    this.render();
  }

  current(id) {
    if (this.form.current === id) return;
    this.form.current = id;
    this.render();
    this.bring();
  }

  go(way) {
    const { calls } = this.look;
    const to = calls[calls.findIndex((one) => one.id === this.call.call) + way];
    if (to) this.open(to.id);
  }

  step(way) {
    const ids = this.look.behaviours.map((one) => one.id);
    this.current(ids[Math.max(0, Math.min(ids.length - 1, ids.indexOf(this.form.current) + way))]);
    this.focusForm();
  }

  card() {
    return this.root.querySelector(`[data-behaviour="${this.form.current}"]`);
  }

  // Into sight: beside the transcript from its title on, as it may be taller than its place.
  bring() {
    const card = this.card();
    const place = card?.parentElement;
    if (!place) return;
    if (getComputedStyle(place).overflowY !== "auto") card.scrollIntoView({ block: "nearest" });
    else if (card.offsetTop < place.scrollTop || card.offsetTop + card.offsetHeight > place.scrollTop + place.clientHeight) place.scrollTop = card.offsetTop - 3;
  }

  focusForm() {
    const card = this.card();
    this.bring();
    (card?.querySelector("input:checked") ?? card?.querySelector("input"))?.focus();
  }

  focusIn(selector) {
    this.card()?.querySelector(selector)?.focus();
  }

  hear(turn) {
    if (turn.from === null) return;
    if (this.player.playing && this.talk.spoken === turn.number) this.player.pause();
    else this.player.play(turn.from);
  }

  hearQuote(quote) {
    if (quote.lost) return;
    this.talk.choose(quote.turn);
    this.talk.bring(quote.turn);
    if (quote.from === null) return;
    this.player.play(quote.from, quote.to);
  }

  follow(ms) {
    this.talk.follow(this.player.playing || ms > 0 ? this.player.course.at(ms) : null);
  }

  recolour() {
    this.player?.recolour();
  }

  // ---- what is seen ----
  // Every quote that is shown: the person's own, and the scorer's once it may be seen.
  finds() {
    const found = [];
    this.look.behaviours.forEach((behaviour, place) => {
      const add = (quotes, by) => quotes.filter((quote) => !quote.lost).forEach((quote) => found.push({ ...quote, place, b: place, title: behaviour.title, own: by === this.look.who, by }));
      add(this.marks[behaviour.id].quotes, this.look.who);
      if (this.call.automatic) add(this.call.automatic.scores[behaviour.id]?.quotes ?? [], this.call.automatic.by);
    });
    return found;
  }

  regions() {
    return this.finds().filter((find) => find.from !== null);
  }

  saved() {
    if (this.pending || this.unsent) return this.say("desk.saving");
    return this.call.form.undo || this.call.form.at ? this.say("desk.saved") : "";
  }

  saving() {
    const state = this.root.querySelector(".saved");
    if (state) patch(state, this.saved());
  }

  render() {
    const [top, , work] = this.root.children;
    if (!this.call) {
      patch(top, [h("p", { class: "problem", role: "alert" }, this.problem), this.problem ? null : h("p", null, this.say("desk.nothing"))]);
      return;
    }
    const finds = this.finds();
    const open = !this.call.form.handed_in;
    patch(top, this.head(open));
    patch(work, [
      h("section", { class: "form", key: `form ${this.call.call}`, "aria-label": this.say("desk.form") },
        h("div", { class: "cards", key: "cards" }, this.form.vnodes({ ...this.look, form: this.call.form, automatic: this.call.automatic, problem: this.lacking })),
        this.foot(open)),
      this.talk.vnodes(finds, this.call.form.notes, open),
      this.keys.vnodes(),
    ]);
    this.player.show({ finds: this.regions() });
  }

  head(open) {
    const { say, look, call } = this;
    const at = look.calls.findIndex((one) => one.id === call.call);
    const sign = { new: "\u25cb", draft: "\u25d0", done: "\u2713", closed: "\u2298" };
    const named = (one) => (one.state === "closed" ? say("desk.closed", { call: one.id }) : one.id);
    const listed = at < 0 ? [{ id: call.call, state: open ? "new" : "done" }, ...look.calls] : look.calls;
    return [
      h("div", { class: "row calls" },
        h("label", null, `${say("desk.call")} `, h("select", { class: "call", value: call.call, onchange: (event) => this.open(event.target.value) },
          listed.map((one) => h("option", { value: one.id, key: one.id }, `${sign[one.state]} ${named(one)}`)))),
        h("button", { type: "button", disabled: at <= 0, onclick: () => this.go(-1) }, say("desk.previous")),
        h("button", { type: "button", disabled: at < 0 || at + 1 >= look.calls.length, onclick: () => this.go(1) }, say("desk.next")),
        look.total > 12 || this.find ? h("input", { type: "text", placeholder: say("desk.find"), "aria-label": say("desk.find"), onchange: (event) => this.list(event.target.value) }) : null,
        h("span", { class: "quiet" }, say("desk.done_of", { done: look.done, total: look.total })),
        h("button", { type: "button", class: "help", onclick: () => this.keys.on.help() }, say("desk.keys"))),
      h("h2", null, call.call),
      h("p", { class: "facts quiet" }, this.facts(open)),
      call.form.rubric ? h("p", { class: "meanwhile", role: "status" }, say("desk.rubric_then", { version: call.form.rubric })) : null,
      call.form.meanwhile ? this.meanwhile() : null,
    ];
  }

  facts(open) {
    const { say, call, look } = this;
    const told = Object.entries(call.facts).map(([name, value]) => `${say(`desk.${name}`)} ${value}`);
    if (call.duration) told.push(`${say("desk.length")} ${Course.clock(call.duration)}`);
    if (call.agent_name) told.push(`${say("desk.agent")} ${call.agent_name}`);
    told.push(say("desk.by", { who: look.who }));
    if (look.blind && open && !call.automatic) told.push(say("desk.blind"));
    return told.join(" \u00b7 ");
  }

  meanwhile() {
    const { say, look, call } = this;
    const take = () => this.told(() => this.line.ask("take_theirs", { call: call.call }));
    const keep = (event) => {
      event.preventDefault();
      this.told(() => this.line.ask("keep_mine", { call: call.call, why: event.target.elements.why?.value ?? "" }));
    };
    return h("form", { class: "meanwhile", role: "alert", onsubmit: keep }, h("p", null, say("desk.meanwhile", { at: Desk.when(call.form.meanwhile) })),
      h("div", { class: "row" },
        look.needs_reason ? h("label", null, `${say("desk.change_why")} `, h("input", { type: "text", name: "why", required: true })) : null,
        h("button", { type: "submit" }, say("desk.keep_mine")), h("button", { type: "button", onclick: take }, say("desk.take_theirs"))));
  }

  static when(iso) {
    const date = new Date(iso);
    return Number.isNaN(date.valueOf()) ? iso : date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  }

  foot(open) {
    const { say, call } = this;
    const marks = Object.values(this.marks);
    const answered = marks.filter((mark) => !mark.lacks).length;
    const problem = h("p", { class: "problem", role: "alert" }, this.problem);
    if (!open) return this.footDone(problem);
    return h("div", { class: "foot", key: "foot" },
      h("div", { class: "row" },
        h("button", { type: "button", class: "main hand-in", onclick: () => this.handIn() }, say("desk.hand_in")),
        h("button", { type: "button", disabled: !call.form.undo, onclick: () => this.event({ do: "Undone" }) }, say("desk.undo")),
        h("button", { type: "button", disabled: !call.form.redo, onclick: () => this.event({ do: "Redone" }) }, say("desk.redo")),
        h("span", { class: "quiet" }, say("desk.answered", { n: answered, of: marks.length })),
        h("span", { class: "quiet saved", role: "status" }, this.saved())),
      call.form.at ? h("p", { class: "quiet" }, say("desk.changing", { at: Desk.when(call.form.at), why: call.form.why || "\u2013" })) : null,
      problem);
  }

  footDone(problem) {
    const { say, call, look } = this;
    const change = () => {
      if (look.needs_reason) { this.asking = true; this.render(); this.root.querySelector(".reopen input").focus(); } else this.reopen("");
    };
    const at = look.calls.findIndex((one) => one.id === call.call);
    const next = look.calls.slice(at + 1).find((one) => !["done", "closed"].includes(one.state)) ?? look.calls.find((one) => !["done", "closed"].includes(one.state));
    return h("div", { class: "foot", key: "foot" },
      h("p", { class: "state", tabindex: -1, role: "status" }, h("span", { "aria-hidden": "true" }, "\u2713 "), say("desk.handed_in", { at: Desk.when(call.form.at) })),
      h("div", { class: "row" },
        next ? h("button", { type: "button", class: "main", onclick: () => this.open(next.id) }, say("desk.next_open", { call: next.id })) : null,
        this.asking ? null : h("button", { type: "button", onclick: change }, say("desk.change"))),
      this.asking ? h("form", { class: "row reopen", onsubmit: (event) => { event.preventDefault(); this.reopen(event.target.elements[0].value); } },
        h("label", null, `${say("desk.change_why")} `, h("input", { type: "text", required: true })),
        h("button", { type: "submit" }, say("desk.change_now"))) : null,
      problem);
  }

  // Heard by nobody while another tab is shown.
  pause() {
    this.player?.pause();
  }

  close() {
    document.removeEventListener("visibilitychange", this.leave);
    removeEventListener("pagehide", this.leave);
    this.flush();
    this.player?.close();
  }
}

// A session before its reveal: the agenda with who is done, for the lead the reveal and the calling
// off, for a rater the seat. Nobody's scores: the kernel has none to give.
class RoomSealed {
  constructor(room) {
    this.room = room;
  }

  vnodes(look) {
    return [
      look.leads ? this.told(look) : this.asked(look),
      look.leads || !look.seated ? this.agenda(look) : null,
      look.leads ? this.deeds(look) : null,
      look.leads ? this.confirm(look) : null,
    ];
  }

  // ---- the lead ----
  told(look) {
    const { say } = this.room.words;
    return h("p", { class: "lede", key: "told" }, say("send_id"), " ", h("code", null, look.id), " ", h("span", { class: "quiet" }, say("id_proves")));
  }

  agenda(look) {
    const { words } = this.room;
    const { say } = words;
    const facts = (call) => [call.agent, words.when(call.at), call.ms === null ? "" : Course.clock(call.ms)].filter(Boolean).join(" \u00b7 ");
    return h("section", { key: "agenda", "aria-labelledby": "agenda" }, h("h3", { id: "agenda" }, say("agenda")),
      h("div", { class: "panel wide", tabindex: "0", role: "group", "aria-labelledby": "agenda" }, h("table", { class: "agenda" },
        h("thead", null, h("tr", null, h("th", { scope: "col" }, say("call")), look.raters.map((one) => this.rater(one, look)))),
        h("tbody", null, look.calls.map((call, place) => h("tr", { key: call.id },
          h("th", { scope: "row" }, h("span", { class: "quiet" }, `${place + 1}. `), h("bdi", null, call.id), h("span", { class: "more" }, ` ${facts(call)}`)),
          look.raters.map((one) => h("td", { key: one.name }, this.mark(one, call)))))))),
      this.waiting(look));
  }

  rater(one, look) {
    const { words } = this.room;
    const seated = one.seated ? words.say("seated") : words.say("not_seated");
    return h("th", { scope: "col", key: one.name }, words.person(one.name, one.scorer),
      h("span", { class: "more" }, words.sign(one.seated ? "\u2713" : "\u25cb", one.seated ? "good" : "quiet", seated)),
      h("span", { class: "more" }, words.say("done_of", { n: one.done.length, of: look.calls.length })));
  }

  mark(one, call) {
    const { words } = this.room;
    return one.done.includes(call.id) ? words.sign("\u2713", "good", words.say("handed_in")) : words.sign("\u25cb", "quiet", h("span", { class: "quiet" }, words.say("open")));
  }

  // "bo (2 calls) and cy (1 call)"
  outstanding(look) {
    const { words } = this.room;
    const lacking = new Map();
    for (const [rater] of look.waiting) lacking.set(rater, (lacking.get(rater) ?? 0) + 1);
    return words.people([...lacking].map(([rater, n]) => `${rater} (${words.count("calls", n)})`));
  }

  waiting(look) {
    const { words } = this.room;
    if (!look.waiting.length) return h("p", { class: "waiting" }, words.sign("\u2713", "good", words.say("all_in")));
    return h("p", { class: "waiting" }, words.count("outstanding", look.waiting.length), " ", words.say("waited_for", { who: this.outstanding(look) }));
  }

  deeds(look) {
    const { words, forms } = this.room;
    const { say } = words;
    return h("div", { class: "deeds", key: "deeds" },
      h("button", { type: "button", class: "main", key: "reveal", onclick: () => this.dialog().showModal() }, say("reveal")),
      h("details", { key: "off" }, h("summary", null, say("call_off")),
        forms.form("off", () => this.callOff(look), { class: "stack" }, h("p", { class: "quiet" }, say("call_off_means")),
          h("label", { for: "off.reason" }, say("reason")), h("input", { type: "text", ...forms.text("off.reason") }),
          h("div", { class: "row" }, forms.button("off", say("call_off_now"))))));
  }

  dialog() {
    return this.room.root.querySelector("dialog");
  }

  confirm(look) {
    const { words, forms } = this.room;
    const { say } = words;
    const left = look.waiting.length;
    return h("dialog", { key: "confirm", "aria-labelledby": "confirm" }, h("h3", { id: "confirm" }, say("reveal_sure")),
      forms.form("reveal", () => this.reveal(look), { class: "stack" },
        left ? h("p", null, words.count("reveal_outstanding", left), " ", h("b", null, this.outstanding(look)), ". ", say("reveal_without"))
          : h("p", null, words.sign("\u2713", "good", say("all_in"))),
        h("p", null, say("reveal_means")),
        h("div", { class: "row end" }, forms.button("reveal", left ? words.count("reveal_left", left) : say("reveal_now"), { class: "main" }),
          h("button", { type: "button", onclick: () => this.dialog().close() }, say("not_yet")))));
  }

  async reveal(look) {
    const { content } = await this.room.ask("reveal", { session: look.id });
    this.dialog()?.close();
    this.room.took(content);
    this.room.goTo(".title");
  }

  async callOff(look) {
    const reason = this.room.forms.get("off.reason");
    this.room.took((await this.room.ask("call_off", { session: look.id, reason })).content);
    this.room.goTo(".title");
  }

  // ---- a rater ----
  asked(look) {
    const { words, forms } = this.room;
    const { say } = words;
    if (!look.seated) {
      return h("div", { class: "panel", key: "asked" }, h("p", null, say("you_are_asked", { lead: look.lead, n: look.calls.length })),
        h("p", { class: "quiet" }, say("check_id"), " ", h("code", null, look.id)),
        forms.form("join", () => this.join(look), null, forms.button("join", say("join"), { class: "main" })));
    }
    const mine = look.raters.find((one) => one.name === look.who);
    const done = mine.done.length === look.calls.length;
    const all = look.raters.length * look.calls.length;
    return h("p", { class: "lede", key: "mine" },
      done ? words.sign("\u2713", "good", say("you_are_done")) : [say("yours_done", { n: mine.done.length, of: look.calls.length }), "."], " ",
      h("span", { class: "quiet" }, say("ballots_in", { n: all - look.waiting.length, of: all }), ". ", say("opens_itself", { lead: look.lead })));
  }

  async join(look) {
    this.room.took((await this.room.ask("join", { session: look.id })).content);
  }
}

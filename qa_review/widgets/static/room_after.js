// What comes of one difference: remarks, votes and the master score, and what follows from it: an
// anchor in other words, an indicator dropped, a note to a rater. Each is a form that keeps its text
// until the kernel has taken it.
class RoomAfter {
  static PAUSE_MS = 300;

  constructor(room) {
    Object.assign(this, { room, diffs: new Map(), timer: 0 });
  }

  vnodes(one, look) {
    return [h("div", { class: "after", key: "after" },
      h("section", { key: "said", "aria-labelledby": "said" }, h("h5", { id: "said" }, this.room.words.say("discussion")), this.discussion(one), this.remark(one, look), this.vote(one, look)),
      h("section", { key: "outcome", "aria-labelledby": "outcome" }, h("h5", { id: "outcome" }, this.room.words.say("outcome")), this.outcome(one, look),
        look.leads ? this.decide(one) : null)),
    look.leads ? this.follows(one, look) : null];
  }

  // The number that a form was begun at: whoever decides says what they had seen.
  begun(form, number) {
    const { given } = this.room.forms;
    const key = `${form}.after`;
    if (given.has(key)) return given.get(key);
    if ([...given.keys()].some((name) => name.startsWith(`${form}.`))) given.set(key, number);
    return number;
  }

  // Sends a deed; when it is refused the new state is shown, and the form goes on from there.
  async deed(ask, form, given, seen) {
    const { room } = this;
    try {
      const { content } = await room.ask(ask, { session: room.look.id, ...given });
      room.took(content.look);
      if (content.told) room.tell(content.told);
      return content;
    } catch (error) {
      await room.refresh();
      if (seen) room.forms.given.set(`${form}.after`, seen());
      throw error;
    }
  }

  now(one) {
    return this.room.look.open.cases.find((each) => each.id === one.id);
  }

  // ---- what is said ----
  discussion(one) {
    const { words } = this.room;
    if (!one.remarks.length && !one.votes.length) return h("p", { class: "quiet", key: "nothing" }, words.say("nothing_said"));
    return h("ul", { key: "lines", class: "lines" },
      one.remarks.map((each, at) => h("li", { key: `r${at}` }, h("b", null, h("bdi", null, each.by), ": "), h("bdi", null, each.text))),
      one.votes.map((vote) => h("li", { key: `v${vote.rater}` }, h("b", null, h("bdi", null, vote.rater)), " ", this.moved(one, vote))));
  }

  moved(one, vote) {
    const { words } = this.room;
    const position = one.positions.find((each) => each.rater === vote.rater);
    const level = words.level(vote.level);
    const said = vote.moved
      ? words.say(vote.towards.length ? "moved_towards" : "moved", { from: position ? words.level(position.level, position.open) : "", to: level, who: words.people(vote.towards) })
      : words.say("kept_level", { level });
    return [said, vote.reason ? [": ", h("bdi", null, vote.reason)] : null];
  }

  remark(one) {
    const { words, forms } = this.room;
    const form = `remark.${one.id}`;
    const deed = () => this.deed("remark", form, { call: one.call, behaviour: one.behaviour, text: forms.get(`${form}.text`) });
    return forms.form(form, deed, { class: "line" }, h("label", { for: `${form}.text` }, words.say("remark")),
      h("div", { class: "row" }, h("input", { type: "text", ...forms.text(`${form}.text`) }), forms.button(form, words.say("add"))));
  }

  vote(one, look) {
    const { words, forms } = this.room;
    const mine = one.positions.some((each) => each.rater === look.who);
    if (!look.scores || !mine) return null;
    const form = `vote.${one.id}`;
    const number = () => this.now(one).votes.find((vote) => vote.rater === look.who)?.number ?? 0;
    const after = this.begun(form, number());
    return forms.form(form, () => this.deed("vote", form, { ...this.answer(form, one), after }, number), { class: "stack" },
      forms.levels(`${form}.level`, words.say("vote"), words), this.reason(form, forms.get(`${form}.level`, 0) === null ? "why_needed" : "why_optional"),
      h("div", { class: "row" }, forms.button(form, words.say("vote_now"))));
  }

  answer(form, one) {
    const { words, forms } = this.room;
    if (!forms.given.has(`${form}.level`)) throw new Error(words.say("choose_level"));
    return { call: one.call, behaviour: one.behaviour, level: forms.get(`${form}.level`, null), reason: forms.get(`${form}.reason`) };
  }

  reason(form, label) {
    const { words, forms } = this.room;
    return [h("label", { for: `${form}.reason`, key: "why" }, words.say(label)), h("textarea", { rows: 2, ...forms.text(`${form}.reason`), key: "reason" })];
  }

  // ---- what is decided ----
  outcome(one, look) {
    const { words } = this.room;
    const { say } = words;
    const { master } = one;
    return h("div", { key: "decided" },
      master ? h("p", null, h("b", null, say("master_is", { level: words.level(master.level) })), say("decided_by", { who: master.by }), ": ", h("bdi", null, master.reason),
        master.why_none ? h("span", { class: "more" }, ` ${say("why_na")} ${master.why_none}`) : null)
        : h("p", { class: "quiet" }, say("no_master")),
      h("ul", { class: "lines" }, one.outcomes.map((each, at) => h("li", { key: at }, this.room.followed(look, each)))));
  }

  decide(one) {
    const { words, forms } = this.room;
    const form = `decide.${one.id}`;
    const number = () => this.now(one).master?.number ?? 0;
    const after = this.begun(form, number());
    const meanwhile = after !== number();
    return forms.form(form, () => this.deed("decide", form, { ...this.answer(form, one), after }, number), { class: "stack" },
      meanwhile ? h("p", { class: "warn", role: "status", key: "meanwhile" }, words.say("meanwhile", { level: words.level(one.master.level) })) : null,
      forms.levels(`${form}.level`, words.say(one.master ? "decide_again" : "decide"), words), this.reason(form, "reason"),
      h("div", { class: "row" }, forms.button(form, words.say("decide_now"), { class: "main" })));
  }

  follows(one, look) {
    const { say } = this.room.words;
    return h("details", { key: "follows", class: "follows" }, h("summary", null, say("follows")),
      h("div", { class: "three" }, this.anchor(one, look), this.drop(one, look), this.tellRater(one, look)));
  }

  // ---- an anchor in other words ----
  anchor(one, look) {
    const { words, forms } = this.room;
    const form = `anchor.${one.id}`;
    const level = forms.get(`${form}.level`, one.master?.level ?? 3);
    const present = this.room.behaviour(look, one.behaviour).now[level - 1];
    const field = `${form}.words${level}`;
    const after = this.begun(form, look.open.newest);
    const text = forms.text(field, present);
    const oninput = (event) => {
      text.oninput(event);
      this.propose(one, level, event.target.value);
    };
    const choose = (to) => {
      forms.set(`${form}.level`, to);
      this.propose(one, to, forms.get(`${form}.words${to}`, this.room.behaviour(look, one.behaviour).now[to - 1]));
    };
    const diff = this.diffs.get(one.id);
    const fits = diff?.lines.length > 0 && diff.level === level && diff.words === text.value;
    const deed = async () => {
      if (text.value.trim() === present.trim()) throw new Error(words.say("same_words"));
      await this.deed("anchor", form, { call: one.call, behaviour: one.behaviour, level, words: text.value, after }, () => this.room.look.open.newest);
      this.diffs.delete(one.id);
    };
    return forms.form(form, deed, { class: "stack" },
      h("fieldset", { class: "choice" }, h("legend", null, words.say("anchor_of", { title: this.room.title(look, one.behaviour) })),
        h("div", { class: "rungs" }, [1, 2, 3, 4, 5].map((each) => h("label", null,
          h("input", { type: "radio", name: `${form}.level`, value: String(each), checked: each === level, onchange: () => choose(each) }), String(each))))),
      h("label", { for: field }, words.say("anchor_words", { level, version: look.open.newest })),
      h("textarea", { rows: 3, key: field, ...text, oninput }),
      fits ? this.diff(diff) : null,
      h("div", { class: "row" }, forms.button(form, fits ? words.say("make_version", { version: diff.version }) : words.say("make_next"))));
  }

  // Asks how the rubric would change, once the person pauses; an answer to older words is dropped.
  propose(one, level, text) {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      try {
        const { content } = await this.room.ask("proposed", { session: this.room.look.id, behaviour: one.behaviour, level, words: text });
        this.diffs.set(one.id, { ...content, level, words: text });
      } catch (error) {
        this.room.forms.problems.set(`anchor.${one.id}`, error.message);
      }
      this.room.draw();
    }, RoomAfter.PAUSE_MS);
  }

  diff(diff) {
    const kind = (line) => (line.startsWith("+++") || line.startsWith("---") || line.startsWith("@") ? "quiet" : { "+": "added", "-": "taken" }[line[0]] ?? null);
    return h("div", { class: "diff", key: "diff", role: "group", "aria-label": this.room.words.say("change") }, diff.lines.map((line, at) => h("div", { key: at, class: kind(line) }, line)));
  }

  // ---- an indicator dropped, a note to a rater ----
  drop(one, look) {
    const { words, forms } = this.room;
    const form = `drop.${one.id}`;
    const { indicators } = this.room.behaviour(look, one.behaviour);
    if (!indicators.length) return null;
    const chosen = forms.get(`${form}.indicator`, indicators[0].id);
    const deed = () => this.deed("drop", form, { call: one.call, behaviour: one.behaviour, indicator: chosen, reason: forms.get(`${form}.reason`) });
    return forms.form(form, deed, { class: "stack" }, h("label", { for: `${form}.indicator` }, words.say("drop")),
      h("select", { id: `${form}.indicator`, value: chosen, onchange: (event) => forms.set(`${form}.indicator`, event.target.value) },
        indicators.map((each) => h("option", { key: each.id, value: each.id }, each.id))),
      h("p", { class: "more" }, indicators.find((each) => each.id === chosen)?.meaning ?? ""),
      this.reason(form, "reason"), h("div", { class: "row" }, forms.button(form, words.say("drop_now"))));
  }

  tellRater(one, look) {
    const { words, forms } = this.room;
    const form = `tell.${one.id}`;
    const people = look.raters.filter((each) => !each.scorer);
    if (!people.length) return null;
    const chosen = forms.get(`${form}.rater`, people[0].name);
    const deed = () => this.deed("tell", form, { call: one.call, behaviour: one.behaviour, rater: chosen, text: forms.get(`${form}.text`) });
    return forms.form(form, deed, { class: "stack" }, h("label", { for: `${form}.rater` }, words.say("note_for")),
      h("select", { id: `${form}.rater`, value: chosen, onchange: (event) => forms.set(`${form}.rater`, event.target.value) },
        people.map((each) => h("option", { key: each.name, value: each.name }, each.name))),
      h("label", { for: `${form}.text` }, words.say("note")), h("textarea", { rows: 2, ...forms.text(`${form}.text`) }),
      h("div", { class: "row" }, forms.button(form, words.say("note_now"))));
  }
}

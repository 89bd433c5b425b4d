// The list of sessions that somebody has a part in, and the form for a new one.
class RoomList {
  constructor(room) {
    this.room = room;
  }

  vnodes(sessions) {
    const { say } = this.room.words;
    return [
      h("div", { class: "heading", key: "list heading" }, h("h2", { tabindex: "-1", class: "title" }, say("sessions")),
        h("button", { type: "button", class: "main", onclick: () => this.room.begin() }, say("new"))),
      sessions.length ? h("ul", { class: "sessions", key: "sessions" }, sessions.map((one) => this.line(one)))
        : h("p", { class: "quiet", key: "none" }, say("no_sessions", { who: this.room.who })),
    ];
  }

  line(one) {
    const { words } = this.room;
    const { say } = words;
    if (one.problem) {
      return h("li", { key: one.id, class: "card" }, h("b", null, h("bdi", null, one.name)), h("p", { class: "problem" }, one.problem));
    }
    const [given, all] = one.ballots;
    return h("li", { key: one.id, class: "card" },
      h("button", { type: "button", class: "bare name", onclick: () => this.room.open(one.id) }, h("bdi", null, one.name)),
      h("span", { class: "facts" },
        h("span", { class: "state" }, this.room.state(one.state)),
        h("span", null, one.leads ? say("you_lead") : say("led_by", { who: one.lead })),
        h("span", null, words.count("calls", one.calls)),
        one.state === "sealed" && !one.leads ? h("span", null, say("yours_done", { n: one.mine, of: one.calls })) : null,
        one.state === "sealed" ? h("span", null, say("ballots_in", { n: given, of: all })) : null,
        one.deadline && one.state === "sealed" ? h("span", null, this.room.deadline(one.deadline)) : null,
        h("span", { class: "quiet" }, say("called_at", { when: words.when(one.at) }))));
  }
}

class RoomNew {
  constructor(room) {
    Object.assign(this, { room, known: null, calls: null, wrong: null, trouble: "" });
  }

  async start() {
    const { content } = await this.room.ask("form");
    this.known = content;
    this.seed = 1 + Math.floor(Math.random() * 9999);
    await this.find();
  }

  get rubric() {
    return this.room.forms.get("new.rubric", this.known.rubric);
  }

  // The calls that can be scored on the rubric that is chosen.
  async find() {
    this.calls = null;
    this.trouble = "";
    this.room.draw();
    try {
      this.calls = (await this.room.ask("calls", { rubric: this.rubric })).content.calls;
    } catch (error) {
      this.trouble = error.message;
    }
    this.room.draw();
  }

  async create() {
    const { forms } = this.room;
    const number = (key, otherwise) => Math.trunc(Number(forms.get(key, otherwise))) || 0;
    const day = forms.get("new.day");
    const time = forms.get("new.time");
    this.wrong = null;
    const { content } = await this.room.ask("create", {
      name: forms.get("new.name"),
      raters: forms.get("new.raters").split(/[\n,;]/),
      rubric: this.rubric,
      how: forms.get("new.how", "picked"),
      picked: (this.calls ?? []).map((call) => call.id).filter((id) => forms.get(`new.pick.${id}`, false)),
      count: number("new.count", "3"),
      seed: number("new.seed", this.seed),
      deadline: day && time ? `${day}T${time}` : day,
      automatic: forms.get("new.automatic", false),
      reviewed: forms.get("new.reviewed", false),
    });
    if (content.wrong) {
      this.wrong = content.wrong;
      throw new Error(content.wrong.field ? this.room.words.say("not_called") : content.wrong.text);
    }
    await this.room.open(content.session);
  }

  // What is wrong with a field stands below it, and is said with it.
  wrongAt(field) {
    const text = this.wrong?.field === field ? this.wrong.text : "";
    return h("p", { class: "problem", role: "alert", id: `wrong-${field}`, key: `wrong ${field}` }, text);
  }

  about(field) {
    return this.wrong?.field === field ? { "aria-invalid": "true", "aria-describedby": `wrong-${field}` } : {};
  }

  vnodes() {
    const { words, forms } = this.room;
    const { say } = words;
    const form = !this.known ? h("p", { key: "wait" }, say("wait")) : forms.form("new", () => this.create(), { class: "new" },
      h("div", { class: "columns" },
        h("div", null,
          h("label", { for: "new.name" }, say("name")), h("input", { type: "text", ...forms.text("new.name"), ...this.about("name") }), this.wrongAt("name"),
          h("label", { for: "new.raters" }, say("raters_field")),
          h("textarea", { rows: 4, ...forms.text("new.raters"), ...this.about("raters") }),
          h("p", { class: "quiet" }, say("raters_help", { who: this.room.who })),
          this.people(), this.wrongAt("raters"),
          h("label", { for: "new.rubric" }, say("rubric")), this.rubrics(), this.wrongAt("rubric"),
          this.deadline(), this.check("automatic", say("automatic"))),
        h("div", null, this.choosing())),
      h("div", { class: "row end" }, forms.button("new", say("create"), { class: "main" }),
        h("button", { type: "button", onclick: () => this.room.list() }, say("cancel"))));
    return [h("h2", { tabindex: "-1", class: "title", key: "new heading" }, say("new")), form];
  }

  people() {
    const { forms, words } = this.room;
    const named = new Set(forms.get("new.raters").split(/[\n,;]/).map((name) => name.trim()));
    const others = this.known.people.filter((name) => !named.has(name)).slice(0, 12);
    if (!others.length) return null;
    const add = (name) => forms.set("new.raters", [...named, name].filter(Boolean).join("\n"));
    return h("p", { class: "row known", key: "people" }, h("span", { class: "quiet" }, words.say("add_person")),
      others.map((name) => h("button", { type: "button", key: name, onclick: () => add(name) }, `+ ${name}`)));
  }

  rubrics() {
    const change = (event) => {
      this.room.forms.set("new.rubric", event.target.value);
      this.find();
    };
    return h("select", { id: "new.rubric", value: this.rubric, onchange: change, ...this.about("rubric") }, this.known.rubrics.map((one) =>
      h("option", { value: one.key, key: one.key }, this.room.words.say("rubric_version", { title: one.title, version: one.version }))));
  }

  deadline() {
    const { forms, words } = this.room;
    return h("fieldset", null, h("legend", null, words.say("deadline_field")), h("div", { class: "row" },
      h("input", { type: "date", "aria-label": words.say("day"), ...forms.text("new.day"), ...this.about("deadline") }),
      h("input", { type: "time", "aria-label": words.say("time"), ...forms.text("new.time") })), this.wrongAt("deadline"));
  }

  check(field, label) {
    const { forms } = this.room;
    const key = `new.${field}`;
    return h("label", { class: "check", key }, h("input", { type: "checkbox", checked: forms.get(key, false), onchange: (event) => forms.set(key, event.target.checked) }), h("span", null, label));
  }

  choosing() {
    const { forms, words } = this.room;
    const how = forms.get("new.how", "picked");
    const way = (value) => h("label", { class: "check" },
      h("input", { type: "radio", name: "new.how", value, checked: how === value, onchange: () => forms.set("new.how", value) }), h("span", null, words.say(`how_${value}`)));
    const number = (field, start) => [h("label", { for: `new.${field}` }, words.say(field)), h("input", { type: "number", min: 1, ...forms.text(`new.${field}`, String(start)) })];
    return [h("fieldset", { key: "how", ...this.about("calls") }, h("legend", null, words.say("which_calls")), ["picked", "random", "uncertain"].map(way)),
      how === "picked" ? this.checklist() : h("div", { class: "numbers", key: "numbers" }, number("count", 3), how === "random" ? number("seed", this.seed) : null),
      this.wrongAt("calls"), this.check("reviewed", words.say("reviewed"))];
  }

  checklist() {
    const { forms, words } = this.room;
    if (this.trouble) return h("p", { class: "problem", role: "alert", key: "trouble" }, this.trouble);
    if (!this.calls) return h("p", { class: "quiet", key: "wait", role: "status" }, words.say("wait"));
    const find = forms.get("new.find").trim().toLowerCase();
    const fitting = this.calls.filter((call) => `${call.id} ${call.agent ?? ""}`.toLowerCase().includes(find));
    const picked = this.calls.filter((call) => forms.get(`new.pick.${call.id}`, false));
    const shown = fitting.slice(0, 200);
    return h("fieldset", { key: "checklist", class: "checklist" },
      h("legend", null, words.say("picked_of", { n: picked.length, of: this.calls.length })),
      this.calls.length > 10 ? h("input", { type: "search", "aria-label": words.say("find_call"), placeholder: words.say("find_call"), ...forms.text("new.find") }) : null,
      h("div", { class: "choices" }, shown.map((call) => this.pick(call))),
      fitting.length > shown.length ? h("p", { class: "quiet" }, words.count("more_calls", fitting.length - shown.length)) : null);
  }

  pick(call) {
    const { words, forms } = this.room;
    const facts = [call.agent, words.when(call.at), call.ms === null ? "" : Course.clock(call.ms), call.known ? words.say(`known_${call.known}`) : ""];
    const key = `new.pick.${call.id}`;
    return h("label", { class: "check", key: call.id },
      h("input", { type: "checkbox", checked: forms.get(key, false), onchange: (event) => forms.set(key, event.target.checked) }),
      h("span", null, h("bdi", null, call.id), " ", h("span", { class: "quiet" }, facts.filter(Boolean).join(" \u00b7 "))));
  }
}

// A rubric as a form: one behaviour or one indicator at a time, its problems beside what caused them.
class WorkshopForm {
  constructor(shop) {
    this.shop = shop;
    this.say = shop.say;
    this.adding = null; // what is being added: "behaviours", "indicators"
  }

  vnodes() {
    const { shop, say } = this;
    const { state } = shop;
    if (!state.outline) {
      const [first] = state.problems;
      return h("div", { key: "broken", class: "card" }, h("p", { class: "problem", role: "alert" }, say("not_toml", { line: first?.line ?? 1 })), h("p", {}, first?.text ?? ""),
        h("button", { type: "button", onclick: async () => { shop.see.text = true; await shop.edit("see"); shop.text.go(first); } }, say("mend_text")));
    }
    const { item } = state;
    return h("div", { class: "form", key: "form" }, this.chooser(), this.adding && this.adder(),
      item && (item.kind === "behaviours" ? this.behaviour(item) : this.indicator(item)),
      !item && h("p", { class: "quiet" }, say("choose_part")));
  }

  chooser() {
    const { shop, say } = this;
    const { state, see } = shop;
    const option = (kind, one) => {
      const lacks = state.problems.some((each) => each.where === `${kind}.${one.id}` || each.where.startsWith(`${kind}.${one.id}.`)) || shop.preview.failing(one.id, kind);
      const marks = [lacks && "\u26A0\uFE0E", one.state && say(`state_${one.state}`)].filter(Boolean).join(" ");
      return h("option", { value: `${kind} ${one.id}`, key: `${kind} ${one.id}` }, `${kind === "behaviours" ? one.title : one.id}${marks ? `  (${marks})` : ""}`);
    };
    const group = (kind) => h("optgroup", { label: say(kind), key: kind }, state.outline[kind].map((one) => option(kind, one)));
    return h("div", { class: "row chooser", key: "chooser" },
      h("label", { for: "part" }, say("part")),
      h("select", { id: "part", value: state.item ? `${see.kind} ${see.id}` : "", onchange: (event) => this.choose(...event.target.value.split(" ")) },
        !state.item && h("option", { value: "", key: "none" }, "\u2013"), group("behaviours"), group("indicators")),
      h("button", { type: "button", onclick: () => this.add("indicators") }, say("add_indicator")),
      h("button", { type: "button", onclick: () => this.add("behaviours") }, say("add_behaviour")));
  }

  async choose(kind, id) {
    await this.shop.show(kind, id);
    if (this.shop.see.text) this.shop.text.find(kind, id);
  }

  add(kind) {
    this.shop.see.text = false;
    this.adding = kind;
    this.shop.draw();
    this.shop.root.querySelector("#new-id")?.focus();
  }

  adder() {
    const { shop, say } = this;
    const kind = this.adding;
    const add = async (event) => {
      event.preventDefault();
      const name = event.target.elements.name.value.trim();
      if (!(await shop.edit("add", { kind, name }))) return shop.root.querySelector("#new-id")?.focus();
      this.adding = null;
      await shop.show(kind, name);
      shop.root.querySelector(kind === "behaviours" ? "#field-title" : "#field-meaning")?.focus();
    };
    return h("form", { class: "row card", key: `add ${kind}`, onsubmit: add },
      h("label", { for: "new-id" }, say(kind === "behaviours" ? "new_behaviour" : "new_indicator")),
      h("input", { id: "new-id", name: "name", type: "text", required: true, pattern: "[a-z][a-z0-9_]*", autocomplete: "off", "aria-describedby": "new-how" }),
      h("button", { type: "submit" }, say("add")), h("button", { type: "button", onclick: () => { this.adding = null; shop.draw(); } }, say("cancel")),
      h("p", { id: "new-how", class: "quiet small" }, say("id_how")));
  }

  // A labelled field for the text at the end of `path`.
  field(key, label, value, path, { rows = 1, how = "" } = {}) {
    const { shop } = this;
    const wrong = this.wrong(key);
    return h("div", { class: "field", key: `${shop.state.item.id} ${key}` }, h("label", { for: `field-${key}` }, label),
      h("textarea", { id: `field-${key}`, class: "line", rows, value, "aria-invalid": wrong.length ? "true" : null, "aria-describedby": wrong.length ? `wrong-${key}` : how ? `how-${key}` : null,
        onkeydown: (event) => this.enter(event), oninput: (event) => shop.write(event.target, (text) => shop.tell("set", { edits: [[path, text]] })), onblur: () => shop.flush() }),
      how && h("p", { class: "quiet small", id: `how-${key}` }, how),
      this.told(key, wrong));
  }

  number(key, label, value, path, normal, how = "") {
    const { shop } = this;
    const wrong = this.wrong(key);
    const send = (text) => {
      const number = text.trim() === "" ? null : Number(text.replace(",", "."));
      return shop.tell("set", { edits: [[path, Number.isNaN(number) ? text : number]] });
    };
    return h("div", { class: "field short", key: `${shop.state.item.id} ${key}` }, h("label", { for: `field-${key}` }, label),
      h("input", { id: `field-${key}`, type: "text", inputmode: "decimal", size: 6, value: value === null || value === undefined ? "" : String(value), placeholder: String(normal),
        "aria-invalid": wrong.length ? "true" : null, "aria-describedby": wrong.length ? `wrong-${key}` : null,
        oninput: (event) => shop.write(event.target, send), onblur: () => shop.flush() }),
      how && h("p", { class: "quiet small" }, how), this.told(key, wrong));
  }

  // One line stays one line: Enter is for the next field, not for a break in the text.
  enter(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    this.shop.flush();
  }

  wrong(key) {
    const { kind, id } = this.shop.state.item;
    return this.shop.problemsOf(`${kind}.${id}.${key}`);
  }

  told(key, wrong) {
    return wrong.length > 0 && h("div", { id: `wrong-${key}`, key: `wrong ${key}` }, wrong.map((one, n) => h("p", { class: "problem small", key: n }, one.text)));
  }

  behaviour(item) {
    const { say } = this;
    const at = (...path) => ["behaviours", item.id, ...path];
    return h("div", { class: "fields", key: `behaviour ${item.id}` }, this.name(item),
      this.field("title", say("field_title"), item.title, at("title")),
      this.field("about", say("field_about"), item.about, at("about"), { rows: 2 }),
      h("fieldset", { class: "anchors", key: "anchors" }, h("legend", {}, say("anchors")), h("p", { class: "quiet small" }, say("anchors_how")),
        [1, 2, 3, 4, 5].map((level) => this.field(`anchors.${level}`, say("level", { n: level }), item.anchors[level - 1], at("anchors", String(level)), { rows: 2 }))),
      this.field("not_observed", say("field_not_observed"), item.not_observed, at("not_observed"), { rows: 2 }),
      h("div", { class: "row top-row" }, this.number("weight", say("field_weight"), item.weight, at("weight"), 1, say("weight_how")),
        this.number("start", say("field_start"), item.start, at("start"), 2.8, say("start_how"))),
      this.points(item));
  }

  points(item) {
    const { say, shop } = this;
    const wrong = this.wrong("points");
    const row = (one) => {
      const id = `points-${one.side}-${one.id}`;
      const send = (text) => shop.tell("set", { edits: [[["behaviours", item.id, "points", one.id], text.trim() === "" ? null : Number(text.replace(",", ".")) || (/^[-+]?0*[.,]?0*$/.test(text.trim()) ? 0 : text)]] });
      return h("tr", { key: id }, h("th", { scope: "row" }, h("button", { type: "button", class: "bare go", onclick: () => shop.visit("indicators", one.id) }, one.id)),
        h("td", {}, this.stance(one.side)),
        h("td", {}, h("input", { type: "text", inputmode: "decimal", size: 5, "aria-label": say("points_of", { id: one.id }), value: one.points === null || one.points === undefined ? "" : String(one.points), placeholder: String(one.default),
          oninput: (event) => shop.write(event.target, send), onblur: () => shop.flush() })),
        h("td", { class: "quiet" }, one.meaning));
    };
    return shop.fold("points", false, shop.count("points", item.signs.length), [h("p", { class: "quiet small" }, say("points_how")), this.told("points", wrong),
      h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, ["indicator", "speaks", "worth", "field_meaning"].map((key) => h("th", { scope: "col", key }, say(key))))), h("tbody", {}, item.signs.map(row))))]);
  }

  stance(side) {
    return h("span", { class: `stance ${side}` }, h("span", { "aria-hidden": "true" }, side === "for" ? "+ " : "\u2212 "), this.say(side));
  }

  // What this is, what may be wrong with it as a whole, and taking it away.
  name(item) {
    const { say, shop } = this;
    const remove = async () => {
      if (await shop.edit("remove", { kind: item.kind, name: item.id })) shop.show(item.kind, shop.state.outline[item.kind][0]?.id ?? "");
    };
    const whole = shop.state.problems.filter((one) => one.where === `${item.kind}.${item.id}`);
    return [h("div", { class: "row named", key: "named" }, h("h4", {}, h("code", {}, item.id)), h("span", { class: "quiet small" }, say(`a_${item.kind}`)), h("span", { class: "grow" }),
      h("button", { type: "button", class: "bare", onclick: remove }, say("remove", { id: item.id }))), this.told("whole", whole)];
  }

  indicator(item) {
    const { say, shop } = this;
    const at = (...path) => ["indicators", item.id, ...path];
    return h("div", { class: "fields", key: `indicator ${item.id}` }, this.name(item),
      this.field("meaning", say("field_meaning"), item.meaning, at("meaning")),
      this.field("says", say("field_says"), item.says, at("says"), { how: say("says_how") }),
      this.speaks(item),
      this.examples(item, "met"), this.examples(item, "not_met"),
      item.finders.length && !item.finders.includes("patterns") ? h("p", { class: "quiet small", key: "by" }, say("found_by", { finders: item.finders.join(", "), looks: item.looks })) : this.patterns(item, "patterns"),
      item.finders.includes("uptake") && item.finders.includes("patterns") && h("p", { class: "quiet small", key: "also" }, say("found_also", { looks: item.looks })),
      shop.fold(`more ${item.id}`, item.reply.length + item.unless.length > 0, say("more_patterns"), [this.patterns(item, "unless"), this.patterns(item, "reply")]),
      this.number("weight", say("field_trusted"), item.weight, at("weight"), 1, say("trusted_how")),
      this.language());
  }

  speaks(item) {
    const { say, shop } = this;
    const wrong = shop.state.problems.filter((one) => one.where === `indicators.${item.id}` && one.text.includes("behaviour"));
    const choose = (behaviour, side) => shop.set(() => ["for", "against"].map((key) => {
      const now = shop.state.item[key];
      const wanted = key === side ? [...now.filter((one) => one !== behaviour), behaviour] : now.filter((one) => one !== behaviour);
      return JSON.stringify(wanted) === JSON.stringify(now) ? null : [["indicators", item.id, key], wanted.length ? wanted : null];
    }).filter(Boolean));
    const select = ({ id, title }) => h("div", { class: "speak", key: id }, h("label", { for: `speaks-${id}` }, title),
      h("select", { id: `speaks-${id}`, value: item.for.includes(id) ? "for" : item.against.includes(id) ? "against" : "", onchange: (event) => choose(id, event.target.value) },
        ["", "for", "against"].map((side) => h("option", { value: side, key: `side ${side}` }, side ? `${side === "for" ? "+" : "\u2212"} ${say(side)}` : say("neither")))));
    return h("fieldset", { key: "speaks" }, h("legend", {}, say("speaks_to")), h("div", { class: "speaks" }, shop.state.outline.behaviours.map(select)), this.told("speaks", wrong));
  }

  // ---- patterns ----
  patterns(item, key) {
    const { say, shop } = this;
    const list = item[key];
    const wrong = this.wrong(key);
    const mine = (text) => wrong.filter((one) => one.text.startsWith(`'${text}'`) || one.text.startsWith(`"${text}"`));
    const others = wrong.filter((one) => !list.some((text) => mine(text).includes(one)));
    const path = (n) => ["indicators", item.id, key, n];
    const row = (text, n) => h("li", { key: n }, h("textarea", { class: "line code", rows: 1, spellcheck: "false", value: text, "aria-label": say(`${key}_nth`, { n: n + 1 }), "aria-invalid": mine(text).length ? "true" : null, "aria-describedby": mine(text).length ? `wrong-${key}-${n}` : null,
        onkeydown: (event) => this.enter(event), oninput: (event) => shop.write(event.target, (value) => shop.tell("set", { edits: [[path(n), value]] })), onblur: () => shop.flush() }),
      h("button", { type: "button", class: "bare remove", "aria-label": say("remove_pattern", { pattern: text }), onclick: () => this.drop(path(n), `add-${key}`) }, "\u00d7"),
      mine(text).length > 0 && h("div", { id: `wrong-${key}-${n}`, class: "below" }, mine(text).map((one, at) => h("p", { class: "problem small", key: at }, one.text))));
    return h("fieldset", { class: "patterns", key }, h("legend", {}, say(key), " ", h("span", { class: "quiet" }, String(list.length))), h("p", { class: "quiet small" }, say(`${key}_how`)),
      this.told(key, others),
      h("ul", {}, list.map(row)),
      h("form", { class: "row adding", key: "add", onsubmit: (event) => this.push(event, key, (field) => field.pattern.value.trim()) },
        h("input", { id: `add-${key}`, name: "pattern", type: "text", class: "code", spellcheck: "false", autocomplete: "off", "aria-label": say(`${key}_new`), placeholder: say(`${key}_new`) }), h("button", { type: "submit" }, say("add_pattern"))));
  }

  async drop(path, then) {
    if (await this.shop.set([[path, null]])) this.shop.root.querySelector(`#${then}`)?.focus();
  }

  // Adds what a small form says to the end of a list, and empties the form.
  async push(event, key, value) {
    event.preventDefault();
    const form = event.target;
    const made = value(form.elements);
    if (!made || (typeof made === "object" && !made.agent)) return form.elements[0].focus();
    const { id } = this.shop.state.item;
    const done = await this.shop.set(() => [[["indicators", id, key, this.shop.state.item[key].length], made]]);
    if (done) form.reset();
    const list = form.previousElementSibling;
    list.scrollTop = list.scrollHeight;
    form.elements[0].focus();
  }

  // ---- examples ----
  examples(item, key) {
    const { say, shop } = this;
    const path = (n) => ["indicators", item.id, key, n];
    const wrong = this.wrong(key);
    return h("fieldset", { class: "examples", key }, h("legend", {}, say(key), " ", h("span", { class: "quiet" }, String(item[key].length))), h("p", { class: "quiet small" }, say(`${key}_how`)), this.told(key, wrong),
      h("ul", {}, item[key].map((one, n) => this.example(item, key, one, n, path(n)))),
      h("form", { class: "row adding", key: "add", onsubmit: (event) => this.push(event, key, (field) => ({ agent: field.agent.value.trim(), customer: field.customer.value.trim() })) },
        h("input", { id: `add-${key}`, name: "agent", type: "text", autocomplete: "off", "aria-label": say(`${key}_new`), placeholder: say(`${key}_new`) }),
        h("input", { name: "customer", type: "text", autocomplete: "off", "aria-label": say("customer_new"), placeholder: say("customer_new") }),
        h("button", { type: "submit" }, say("add_example"))));
  }

  example(item, key, one, n, path) {
    const { say, shop } = this;
    if (one.timed.length) return h("li", { key: n, class: "example" }, h("div", { class: "said" }, one.timed.map((text, at) => h("code", { key: at }, text)), h("p", { class: "quiet small" }, say("timed_how"))), this.result(item, key, n));
    const part = (who) => (one[who] || who === "agent") && h("label", { class: "said-by", key: who }, h("span", { class: `who ${who === "agent" ? "agent" : "customer"}` }, say(`who_${who}`)),
      h("textarea", { class: "line", rows: 1, value: one[who], onkeydown: (event) => this.enter(event), onblur: () => shop.flush(),
        oninput: (event) => shop.write(event.target, (value) => shop.tell("set", () => ({ edits: [[path, { ...shop.state.item[key][n], timed: undefined, [who]: value }]] }))) }));
    return h("li", { key: n, class: "example" }, h("div", { class: "said" }, part("customer"), part("agent"), part("then")),
      this.result(item, key, n),
      h("button", { type: "button", class: "bare remove", "aria-label": say("remove_example", { words: one.agent }), onclick: () => this.drop(path, `add-${key}`) }, "\u00d7"));
  }

  result(item, key, n) {
    const { say, shop } = this;
    const run = shop.preview.run(item.id, key, n);
    if (!run) return h("span", { class: "result quiet", key: "result" }, "\u2026");
    const what = run.problem || say(run.found ? "found" : "not_found");
    return h("span", { class: `result ${run.holds ? "good" : "bad"}`, key: "result" }, h("span", { "aria-hidden": "true" }, run.holds ? "\u2713 " : "\u26A0\uFE0E "), what,
      h("span", { class: run.holds ? "heard-only" : "" }, `, ${say(run.holds ? "as_it_should" : run.found ? "should_not" : "should")}`));
  }

  language() {
    const { say } = this;
    const rows = [["i will", "words"], ["(ring|call)", "one_of"], ["[just]", "maybe"], ["<days>", "list"], ["#", "number"], ["...", "gap"], ["^ $", "ends"]];
    const table = h("table", { class: "small" }, h("tbody", {}, rows.map(([sign, key]) => h("tr", { key }, h("th", { scope: "row" }, h("code", {}, sign)), h("td", {}, say(`language_${key}`))))));
    return this.shop.fold("language", false, say("language"), [table, h("p", { class: "quiet small" }, say("language_not"))]);
  }
}
